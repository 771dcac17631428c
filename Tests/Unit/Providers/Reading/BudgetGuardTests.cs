using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

/// <summary>A stream whose hold covers a hundred tokens of a thousand, and is enlarged by a hundred at a time.</summary>
public sealed class BudgetGuardTests : IDisposable
{
    private const string Usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":60,\"total_tokens\":70}}\n\n";
    private const string Done = "data: [DONE]\n\n";

    private readonly ScriptedPool _pool = new();
    private readonly FakeSink _sink = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task A_stream_that_stays_within_its_first_slice_asks_for_no_more()
    {
        _pool.A.Streams(new ScriptedStream().Then(Chunk(40)).Then(Usage + Done));
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await RunAsync());
        Assert.Empty(_pool.Holds.Extended);
        Assert.Equal("ok", streamed.Outcome);
    }

    [Fact]
    public async Task As_it_goes_on_its_hold_is_enlarged_and_what_it_cost_is_posted_to_the_last_one()
    {
        for (var i = 0; i < 3; i++) _pool.Holds.Extensions.Enqueue(Grant);
        _pool.A.Streams(new ScriptedStream().Then(Chunk(60)).Then(Chunk(60)).Then(Chunk(60)).Then(Usage + Done));

        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await RunAsync());

        Assert.Equal([200, 300], _pool.Holds.Extended.Select(plan => plan.HeldOutputTokens));
        Assert.All(_pool.Holds.Extended, plan => Assert.Equal([ScriptedPool.TargetA], plan.Targets));
        Assert.Equal((new HoldId("req_1", 3), "ok", false), (Posted.Hold, Posted.Outcome, Posted.Estimated));
        Assert.Equal(new TokenUsage(10, 60), streamed.Usage);
        Assert.EndsWith(Done, _sink.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_no_budget_covers_more_the_caller_gets_a_clean_end_with_the_usage_and_the_reason()
    {
        _pool.Holds.Extensions.Enqueue(Grant);
        var body = new ScriptedStream().Then(Chunk(60)).Then(Chunk(60)).Then(Chunk(60)).Then(Chunk(60)).Then(Chunk(60)).Then(Usage + Done);
        _pool.A.Streams(body);

        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await RunAsync(includeUsage: true));

        // 180 of the 200 that are held had come: the rest is for what is on its way.
        Assert.Equal(("budget_ended", true, new TokenUsage(100, 180)), (Posted.Outcome, Posted.Estimated, Posted.Usage));
        Assert.Equal((new HoldId("req_1", 2), ScriptedPool.Price.WorstCase(100, 180)), (Posted.Hold, Posted.Cost));
        Assert.Equal("budget_ended", streamed.Outcome);
        Assert.StartsWith(Chunk(60) + Chunk(60) + Chunk(60) + "data: {\"id\":\"chatcmpl-7\"", _sink.Received, StringComparison.Ordinal);
        var events = _sink.Received.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        var end = JsonDocument.Parse(events[^3]["data: ".Length..]).RootElement;
        Assert.Equal(
            ("length", "insufficient_quota"),
            (end.GetProperty("choices")[0].GetProperty("finish_reason").GetString(), end.GetProperty("gateway").GetProperty("ended").GetString()));
        var usage = JsonDocument.Parse(events[^2]["data: ".Length..]).RootElement.GetProperty("usage");
        Assert.Equal(
            (180, true, Posted.Cost.Usd),
            (usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("estimated").GetBoolean(), usage.GetProperty("cost_usd").GetDecimal()));
        Assert.Equal("data: [DONE]", events[^1]);
    }

    [Fact]
    public async Task A_caller_who_did_not_ask_for_usage_gets_the_reason_and_no_usage()
    {
        _pool.A.Streams(new ScriptedStream().Then(Chunk(80)).Then(Chunk(80)).Then(Usage + Done));
        await RunAsync();
        Assert.DoesNotContain("\"usage\"", _sink.Received, StringComparison.Ordinal);
        Assert.Contains("\"ended\":\"insufficient_quota\"", _sink.Received, StringComparison.Ordinal);
        Assert.EndsWith(Done, _sink.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_book_is_asked_the_stream_is_read_on_until_a_quarter_of_a_slice_is_left()
    {
        var answer = new TaskCompletionSource<ProviderPlan?>();
        _pool.Holds.Extensions.Enqueue(_ => answer.Task);
        // The book answers only when the caller has what came after the question.
        _sink.OnPush = () =>
        {
            if (_sink.Received.Contains(Chunk(10), StringComparison.Ordinal)) answer.TrySetResult(Grant(_pool.Holds.Extended[0]).Result);
        };
        _pool.A.Streams(new ScriptedStream().Then(Chunk(55)).Then(Chunk(10)).Then(Chunk(9)).Then(Chunk(20)).Then(Usage + Done));

        await RunAsync();

        Assert.Single(_pool.Holds.Extended);
        Assert.Equal("ok", Posted.Outcome);
    }

    [Fact]
    public async Task A_book_that_does_not_answer_once_is_asked_again_before_the_stream_ends()
    {
        _pool.Holds.Extensions.Enqueue(_ => Task.FromException<ProviderPlan?>(new TimeoutException()));
        _pool.Holds.Extensions.Enqueue(Grant);
        _pool.A.Streams(new ScriptedStream().Then(Chunk(60)).Then(Chunk(20)).Then(Usage + Done));
        await RunAsync();
        Assert.Equal(2, _pool.Holds.Extended.Count);
        Assert.Equal("ok", Posted.Outcome);
    }

    [Fact]
    public async Task Of_a_request_that_asks_its_model_to_think_the_whole_answer_is_held_before_anything_is_sent()
    {
        var request = ScriptedPool.Request(stream: true);
        request = request with { Body = System.Text.Encoding.UTF8.GetBytes("{\"model\":\"m1\",\"messages\":[],\"stream\":true,\"reasoning_effort\":\"high\"}") };
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.FinishAsync(() => _pool.Relay.StreamAsync(Plan, request, _sink)));

        Assert.Equal((UpstreamFailureKind.BudgetSpent, 1_000), (failed.Kind, Assert.Single(_pool.Holds.Extended).HeldOutputTokens));
        Assert.Empty(_pool.A.Calls);
        Assert.Equal(PostingKind.Void, Posted.Kind);
    }

    private Posting Posted => Assert.Single(_pool.Holds.Postings);

    private ProviderPlan Plan => _pool.Plan() with { Held = ScriptedPool.Price.WorstCase(100, 100), OutputTokens = 1_000, HeldOutputTokens = 100, SliceTokens = 100 };

    private static Task<ProviderPlan?> Grant(ProviderPlan plan) =>
        Task.FromResult<ProviderPlan?>(plan with { Hold = plan.Hold with { Attempt = plan.Hold.Attempt + 1 }, Held = Money.FromUsd(2) });

    private static string Chunk(int bytes) =>
        $"data: {{\"id\":\"chatcmpl-7\",\"model\":\"m1\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{new string('x', bytes)}\"}}}}]}}\n\n";

    private Task<ProviderAnswer> RunAsync(bool includeUsage = false) =>
        _pool.FinishAsync(() => _pool.Relay.StreamAsync(Plan, ScriptedPool.Request(stream: true, includeUsage), _sink));
}
