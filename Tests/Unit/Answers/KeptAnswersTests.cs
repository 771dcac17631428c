using System.Text;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Answers;

/// <summary>What the pool keeps of calls with an idempotency key, and when.</summary>
public sealed class KeptAnswersTests : IDisposable
{
    private const string Completion = """{"choices":[{"message":{"content":"Hello"}}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""";
    private const string Hello = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\n";
    private const string World = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" world\"}}]}\n\n";
    private const string Usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}\n\n";
    private const string Done = "data: [DONE]\n\n";

    private static readonly PostingReceipt Receipt = new(Money.FromUsd(0.00006m), Money.Zero);

    private readonly ScriptedPool _pool = new();
    private readonly FakeSink _sink = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task A_whole_answer_is_kept_before_it_is_posted_and_is_the_same_again()
    {
        _pool.A.Answers(Completion);
        _pool.Holds.OnPost = () => Assert.Single(_pool.Answers.All);
        _pool.Answers.OnPut = () => Assert.Empty(_pool.Holds.Postings);

        var first = Assert.IsType<ProviderAnswer.Completed>(await CompleteAsync());
        var again = Assert.IsType<ProviderAnswer.Completed>((await ReplayAsync(Receipt))!.Answer);

        Assert.Equal(Completion, Encoding.UTF8.GetString(again.Body.Span));
        Assert.NotNull(first.Took);
        Assert.Equal(first with { Body = default }, again with { Body = default });
        Assert.Equal(_pool.Holds.Postings.Single(), (await _pool.Kept.FindAsync("acme", new("req_1", 1), "k"))!.Posting);
        Assert.Single(_pool.A.Calls);
    }

    [Fact]
    public async Task Nothing_is_kept_of_a_call_without_a_key()
    {
        _pool.A.Answers(Completion).Streams(Hello + Usage + Done);
        var answer = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        await _pool.StreamAsync(_sink);
        Assert.Empty(_pool.Answers.All);
        Assert.Null(answer.Took);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_is_kept_as_its_caller_got_it(bool includeUsage)
    {
        _pool.A.Streams(": thinking\n\n" + Hello + World + Usage + Done);
        _pool.Holds.OnPost = () => Assert.Single(_pool.Answers.All);

        var first = await StreamAsync(includeUsage);
        var again = (await ReplayAsync(Receipt))!;

        Assert.Equal(_sink.Received, Text(again));
        Assert.Equal(includeUsage, _sink.Received.Contains("\"cost_usd\":0.00006", StringComparison.Ordinal));
        Assert.Equal(first, again.Answer);
    }

    [Fact]
    public async Task A_stream_tells_the_cost_that_is_in_the_book()
    {
        _pool.A.Streams(Hello + Usage + Done);
        await StreamAsync(includeUsage: true);
        var again = (await ReplayAsync(new PostingReceipt(Money.Zero, Money.FromUsd(0.00006m))))!;
        Assert.Equal(Hello + Usage.Replace("15}", "15,\"cost_usd\":0}", StringComparison.Ordinal) + Done, Text(again));
    }

    [Fact]
    public async Task A_stream_whose_caller_left_is_kept_whole()
    {
        _sink.GoneAt = 1;
        _pool.A.Streams(new ScriptedStream().Then(Hello).Then(World).Then(World).Then(Usage + Done));

        await StreamAsync(includeUsage: true);
        var again = (await ReplayAsync(Receipt))!;

        Assert.Equal(Hello, _sink.Received);
        Assert.IsType<ProviderAnswer.Streamed>(again.Answer);
        Assert.StartsWith(Hello + World + World + "data: {\"choices\":[],\"usage\":", Text(again), StringComparison.Ordinal);
        Assert.EndsWith(Done, Text(again), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_broke_after_its_caller_left_is_kept_as_broken()
    {
        _sink.GoneAt = 0;
        _pool.A.Streams(new ScriptedStream().Then(Hello).ThenSilence());

        Assert.IsType<ProviderAnswer.Streamed>(await StreamAsync());
        var again = (await ReplayAsync(Receipt))!;

        Assert.True(Assert.IsType<ProviderAnswer.Failed>(again.Answer).Begun);
        Assert.Equal(Hello, Text(again));
    }

    [Fact]
    public async Task A_stream_that_breaks_is_kept_with_what_came_and_why_it_ended()
    {
        _pool.A.Streams(Hello + "data: {\"error\":{\"message\":\"overloaded\"}}\n\n");

        var first = await StreamAsync();
        var again = (await ReplayAsync(((ProviderAnswer.Failed)first).Receipt))!;

        Assert.Equal(first, again.Answer);
        Assert.Equal(Hello, Text(again));
    }

    [Fact]
    public async Task A_failure_that_is_charged_is_an_answer_too()
    {
        _pool.A.Answers("""{"error":{"message":"filtered","param":"messages","code":"content_filter"},"usage":{"prompt_tokens":10,"completion_tokens":0}}""", 400);

        var first = Assert.IsType<ProviderAnswer.Failed>(await CompleteAsync());
        var again = (await ReplayAsync(first.Receipt))!;

        Assert.Equal(PostingKind.Posted, _pool.Holds.Postings.Single().Kind);
        Assert.Equal(("filtered", "messages", "content_filter"), (first.Message, first.Param, first.Code));
        Assert.Equal(first, again.Answer);
    }

    [Fact]
    public async Task A_call_that_costs_nothing_or_ends_in_doubt_keeps_nothing()
    {
        _pool.A.Answers("""{"error":{"message":"no"}}""", 400);
        await CompleteAsync();
        Assert.Equal(PostingKind.Void, _pool.Holds.Postings[0].Kind);

        _pool.A.Answers("<html>");
        await CompleteAsync();
        Assert.Equal(PostingKind.Suspense, _pool.Holds.Postings[1].Kind);
        Assert.Empty(_pool.Answers.All);
    }

    [Fact]
    public async Task An_answer_too_large_to_keep_reaches_its_caller_and_leaves_a_mark()
    {
        var large = Completion.Replace("Hello", new string('x', ScriptedPool.MaxAnswerBytes), StringComparison.Ordinal);
        _pool.A.Answers(large);
        Assert.Equal(large.Length, Assert.IsType<ProviderAnswer.Completed>(await CompleteAsync()).Body.Length);
        Assert.Null(await ReplayAsync(Receipt));

        var hello = string.Concat(Enumerable.Repeat(Hello, 100));
        _pool.A.Streams(hello + Usage + Done);
        await StreamAsync();
        Assert.Equal(hello + Done, _sink.Received);
        Assert.Null(await ReplayAsync(Receipt));
        Assert.All(_pool.Answers.All, a => Assert.InRange(a.Bytes.Length, 1, 1_000));
        Assert.Equal(2, _pool.Holds.Postings.Count(p => p.Kind == PostingKind.Posted));
    }

    [Fact]
    public async Task A_tenant_with_as_much_kept_as_it_may_keeps_that_calls_were_made_and_is_charged_for_each()
    {
        var large = Completion.Replace("Hello", new string('x', ScriptedPool.MaxAnswerBytes - 200), StringComparison.Ordinal);
        for (var i = 1; i <= 10; i++)
        {
            _pool.A.Answers(large);
            var plan = Plan() with { Hold = new HoldId($"req_{i}", 1), Keep = new KeepAnswer(new($"k{i}", "f"), DateTimeOffset.UnixEpoch) };
            await _pool.FinishAsync(() => _pool.Relay.CompleteAsync(plan, ScriptedPool.Request()));
        }

        var replays = new List<ReplayedAnswer?>();
        for (var i = 1; i <= 10; i++) replays.Add(await _pool.Relay.ReplayAsync("acme", new HoldId($"req_{i}", 1), $"k{i}", Receipt));
        Assert.Equal(3, replays.TakeWhile(replay => replay is not null).Count());
        Assert.All(replays.Skip(3), Assert.Null);
        Assert.InRange(_pool.Answers.All.Sum(a => a.Bytes.Length), 3 * large.Length, ScriptedPool.MaxTenantBytes + (7 * 1_000));

        // What a tenant forgot is recalled all the same, so that no call is made again, and all are booked.
        Assert.Equal(new HoldId("req_10", 1), (await _pool.Kept.RecallAsync("acme", "k10", DateTimeOffset.UnixEpoch))!.Last);
        Assert.Equal(10, _pool.Holds.Postings.Count(p => p.Kind == PostingKind.Posted));
    }

    [Fact]
    public async Task While_the_answer_cannot_be_kept_nothing_is_posted_and_both_are_repeated()
    {
        _pool.A.Answers(Completion);
        _pool.Answers.Fails = new StoreUnavailableException("away");

        var answer = Assert.IsType<ProviderAnswer.Completed>(await CompleteAsync());
        Assert.Equal((0, Receipt), (_pool.Holds.PostCalls, answer.Receipt));

        _pool.Answers.Fails = null;
        await _pool.FinishAsync(async () =>
        {
            await _pool.Settlement.DrainAsync(CancellationToken.None);
            return true;
        });
        Assert.Equal((1, 1), (_pool.Answers.All.Count, _pool.Holds.Postings.Count));
    }

    [Fact]
    public async Task A_key_that_the_tenant_no_longer_remembers_is_recalled_from_its_answer_for_a_day()
    {
        _pool.A.Answers(Completion);
        await CompleteAsync();
        var heldAt = Plan().Keep!.HeldAt;

        var calls = (await _pool.Kept.RecallAsync("acme", "k", heldAt))!;

        Assert.Equal(("k", "f", new HoldId("req_1", 1), KeyedState.Posted, Receipt), (calls.Key, calls.Fingerprint, calls.Last, calls.State, calls.Receipt));
        Assert.Null(await _pool.Kept.RecallAsync("acme", "other", heldAt));
        Assert.Null(await _pool.Kept.RecallAsync("other", "k", heldAt));
        Assert.Null(await _pool.Kept.RecallAsync("acme", "k", heldAt + TimeSpan.FromHours(24)));
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 0, 0 })]
    [InlineData(new byte[] { 255, 255, 255, 127, 1 })]
    [InlineData(new byte[] { 2, 0, 0, 0, (byte)'{', (byte)'}' })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    public void Bytes_that_are_no_answer_are_a_fault_of_the_store(byte[] bytes) =>
        Assert.Throws<StoreUnavailableException>(() => KeptAnswerFormat.Read(new StoredAnswer(new("req_1", 1), "k", bytes)));

    [Fact]
    public async Task An_answer_is_found_though_another_hold_stands_in_the_place_of_the_one_it_was_kept_for()
    {
        _pool.A.Answers(Completion);
        await CompleteAsync();
        Assert.NotNull(await _pool.Relay.ReplayAsync("acme", new HoldId("req_1", 2), "k", Receipt));
        Assert.Null(await _pool.Relay.ReplayAsync("acme", new HoldId("req_2", 1), "k", Receipt));
        Assert.Null(await _pool.Relay.ReplayAsync("acme", new HoldId("req_1", 2), "other", Receipt));
    }

    private ProviderPlan Plan() => _pool.Plan() with { Keep = new KeepAnswer(new("k", "f"), DateTimeOffset.UnixEpoch) };

    private Task<ProviderAnswer> CompleteAsync() => _pool.FinishAsync(() => _pool.Relay.CompleteAsync(Plan(), ScriptedPool.Request()));

    private Task<ProviderAnswer> StreamAsync(bool includeUsage = false) =>
        _pool.FinishAsync(() => _pool.Relay.StreamAsync(Plan(), ScriptedPool.Request(stream: true, includeUsage), _sink));

    private Task<ReplayedAnswer?> ReplayAsync(PostingReceipt receipt) => _pool.Relay.ReplayAsync("acme", new HoldId("req_1", 1), "k", receipt);

    private static string Text(ReplayedAnswer answer) => Encoding.UTF8.GetString(answer.Events.Span);
}
