using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

/// <summary>A request from its reservation to its answer, and all the ways to none.</summary>
public sealed class ProviderPoolTests : IDisposable
{
    private const string Whole = """{"choices":[{"index":0,"message":{"content":"Hi"}}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""";
    private const string Event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    private static readonly HoldId First = new("req_first", 1);

    private readonly ScriptedPool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task Who_is_admitted_gets_the_answer_and_what_its_limits_have_left()
    {
        _pool.A.Answers(Whole);
        var answered = Assert.IsType<PoolAnswer.Answered>(await _pool.ServeAsync());

        Assert.Equal("ok", Assert.IsType<ProviderAnswer.Completed>(answered.Answer).Outcome);
        Assert.Equal((ScriptedPool.Limits, null), (answered.Limits, answered.ReplayOf));
        Assert.Equal((PostingKind.Posted, new HoldId("req_1", 1)), (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings[0].Hold));
    }

    [Fact]
    public async Task A_streams_first_batch_tells_what_its_headers_say()
    {
        _pool.A.Streams(new ScriptedStream().Then(Event).Then("data: [DONE]\n\n"));
        var sink = new FakeSink();
        var answered = Assert.IsType<PoolAnswer.Answered>(await _pool.ServeAsync(sink));

        Assert.IsType<ProviderAnswer.Streamed>(answered.Answer);
        Assert.Equal(new StreamHead(new AnsweredBy("a", "m1", 1, false), ScriptedPool.Limits), sink.Head);
        Assert.Equal(Event + "data: [DONE]\n\n", sink.Received);
    }

    [Fact]
    public async Task Who_is_not_admitted_is_told_what_the_tenant_said_and_nothing_is_called()
    {
        _pool.Holds.Decide = _ => new ReservationOutcome.Suspended();
        Assert.IsType<ReservationOutcome.Suspended>(Assert.IsType<PoolAnswer.Denied>(await _pool.ServeAsync()).Outcome);
        await PassAsync();
        Assert.Equal((0, 0), (_pool.A.Calls.Count, _pool.Holds.PostCalls));
    }

    [Fact]
    public async Task For_who_goes_while_the_tenant_is_asked_nothing_is_called_and_the_hold_goes_back_at_once()
    {
        using var gone = new CancellationTokenSource();
        var asked = new TaskCompletionSource();
        _pool.Holds.Reserving = asked.Task;
        var serving = _pool.Pool.ServeAsync(ScriptedPool.Call(), null, gone.Token);
        await gone.CancelAsync();
        asked.SetResult();

        Assert.Equal(ScriptedPool.Limits, Assert.IsType<PoolAnswer.CallerGone>(await serving).Limits);
        Assert.Empty(_pool.A.Calls);
        Assert.Equal((PostingKind.Void, "client_gone"), (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings[0].Outcome));
    }

    [Fact]
    public async Task Without_an_answer_of_the_tenant_nothing_is_called_and_the_hold_that_may_be_there_goes_back()
    {
        _pool.Holds.ReserveFailures.Enqueue(new StoreUnavailableException("down"));
        var failed = await Assert.ThrowsAsync<NotCalledException>(() => _pool.ServeAsync());
        Assert.IsType<StoreUnavailableException>(failed.InnerException);
        Assert.Empty(_pool.Holds.Postings);

        await PassAsync();
        Assert.Equal(
            (PostingKind.Void, "not_admitted", new HoldId("req_1", 1)),
            (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings[0].Outcome, _pool.Holds.Postings[0].Hold));
        Assert.Empty(_pool.A.Calls);
    }

    [Fact]
    public async Task A_tenant_whose_silo_is_lost_is_asked_again_and_what_it_granted_before_goes_back_when_it_refuses_then()
    {
        _pool.Holds.ReserveFailures.Enqueue(new TimeoutException());
        _pool.A.Answers(Whole);
        Assert.IsType<PoolAnswer.Answered>(await _pool.ServeAsync());

        _pool.Holds.ReserveFailures.Enqueue(new TimeoutException());
        _pool.Holds.Decide = _ => new ReservationOutcome.Suspended();
        Assert.IsType<PoolAnswer.Denied>(await _pool.ServeAsync());
        await PassAsync();
        Assert.Equal([PostingKind.Posted, PostingKind.Void], _pool.Holds.Postings.Select(p => p.Kind));
    }

    [Fact]
    public async Task A_stop_waits_for_who_is_being_admitted_and_for_what_is_to_be_given_back()
    {
        var asked = new TaskCompletionSource();
        _pool.Holds.Reserving = asked.Task;
        _pool.Holds.ReserveFailures.Enqueue(new StoreUnavailableException("down"));
        var serving = _pool.Pool.ServeAsync(ScriptedPool.Call(), null, CancellationToken.None);
        var drain = _pool.Drain.DrainAsync(CancellationToken.None);
        Assert.False(drain.IsCompleted);
        asked.SetResult();
        await Assert.ThrowsAsync<NotCalledException>(() => serving);
        Assert.False(drain.IsCompleted);

        await PassAsync();
        await drain;
        Assert.Equal("not_admitted", _pool.Holds.Postings.Single().Outcome);
    }

    [Fact]
    public async Task What_was_answered_before_is_given_again_with_the_name_of_the_first_request()
    {
        await KeepAsync(new ProviderAnswer.Streamed(new AnsweredBy("a", "m1", 1, false), new TokenUsage(10, 5), default, "ok"), Event);
        var sink = new FakeSink();
        var answered = Assert.IsType<PoolAnswer.Answered>(await _pool.ServeAsync(sink));

        Assert.Equal(First.RequestId, answered.ReplayOf);
        Assert.Equal((First.RequestId, ScriptedPool.Limits), (sink.Head!.ReplayOf, sink.Head.Limits));
        Assert.Equal(Event, sink.Received);
        Assert.Equal((0, 0), (_pool.A.Calls.Count, _pool.Holds.PostCalls));
    }

    [Fact]
    public async Task What_was_too_large_to_keep_is_said_to_be()
    {
        await KeepAsync(null, "");
        Assert.Equal(new PoolAnswer.NotKept(First.RequestId, ScriptedPool.Limits), await _pool.ServeAsync());
    }

    public static TheoryData<Exception> Reasons =>
        [new StoreUnavailableException("down"), new TimeoutException(), new SiloUnavailableException("gone"), new StaleActivationException("acme")];

    [Theory]
    [MemberData(nameof(Reasons))]
    public void That_nothing_was_called_and_why_crosses_to_other_processes(Exception reason)
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer<Exception>>();

        var told = Assert.IsType<NotCalledException>(serializer.Deserialize(serializer.SerializeToArray(new NotCalledException(reason))));

        Assert.Equal(OrleansGateway.Faults.Of(reason, dispatched: false), OrleansGateway.Faults.Of(told, dispatched: true));
        Assert.NotEqual(GatewayErrorKind.InternalError, OrleansGateway.Faults.Of(told, dispatched: true).Kind);
    }

    private async Task KeepAsync(ProviderAnswer? answer, string events)
    {
        var posting = new Posting { Hold = First, Kind = PostingKind.Posted, Outcome = "ok" };
        var keep = new KeepAnswer(new Idempotency("k", "f"), _pool.Time.GetUtcNow());
        await _pool.Kept.PutAsync("acme", new KeptAnswer(keep, Money.FromUsd(1), posting, answer, System.Text.Encoding.UTF8.GetBytes(events)));
        _pool.Holds.Decide = _ => new ReservationOutcome.Replay(First, default, ScriptedPool.Limits);
    }

    private Task PassAsync() => Task.Run(() => _pool.Time.Advance(TimeSpan.FromSeconds(1)));
}
