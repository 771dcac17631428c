using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

public sealed class SettlementTests : IDisposable
{
    private const int MostLate = 100;

    private readonly ScriptedPool _pool = new();
    private readonly ListLogger<Settlement> _log = new();
    private readonly Settlement _settlement;

    public SettlementTests() => _settlement = new Settlement(_pool.Holds, _pool.Kept, _pool.Costs, new Random(7), _pool.Time, _log) { MostLate = MostLate };

    public void Dispose() => _pool.Dispose();

    private static Posting Posting { get; } = new() { Hold = new HoldId("req_1", 1), Kind = PostingKind.Posted, Cost = Money.FromUsd(3), Outcome = "ok" };

    [Fact]
    public async Task A_store_that_comes_back_soon_is_waited_for()
    {
        for (var i = 0; i < 3; i++) _pool.Holds.PostFailures.Enqueue(new StoreUnavailableException("away"));
        await _pool.FinishAsync(() => _settlement.PostAsync(_pool.Plan(), Posting));
        Assert.Equal((4, 1), (_pool.Holds.PostCalls, _pool.Holds.Postings.Count));
    }

    [Fact]
    public async Task An_answer_waits_five_seconds_and_goes_out_with_the_receipt_to_come()
    {
        _pool.Holds.PostAlwaysFails = new TimeoutException();
        var started = _pool.Time.GetUtcNow();
        var receipt = await _pool.FinishAsync(() => _settlement.PostAsync(_pool.Plan(), Posting));
        Assert.Equal(5, (_pool.Time.GetUtcNow() - started).TotalSeconds, 1.0);
        Assert.Equal(new PostingReceipt(Money.FromUsd(1), Money.FromUsd(2)), receipt);

        _pool.Holds.PostAlwaysFails = null;
        await _pool.FinishAsync(DrainAsync);
        Assert.Equal(Posting, _pool.Holds.Postings.Single());
    }

    [Fact]
    public async Task A_posting_is_repeated_past_its_deadline_until_it_is_booked()
    {
        _pool.Holds.PostAlwaysFails = new StaleActivationException("acme");
        var plan = _pool.Plan();
        await _pool.FinishAsync(() => _settlement.PostAsync(plan, Posting));
        _pool.Time.Advance(plan.Deadline - _pool.Time.GetUtcNow() + TimeSpan.FromHours(1));

        _pool.Holds.PostAlwaysFails = null;
        var before = _pool.Time.GetUtcNow();
        await _pool.FinishAsync(DrainAsync);

        Assert.Equal(Posting, _pool.Holds.Postings.Single());
        Assert.InRange(_pool.Time.GetUtcNow() - before, TimeSpan.Zero, TimeSpan.FromSeconds(6));
        Assert.Equal(["posting_delayed", "posting_overdue", "posting_booked_late"], _log.Lines.Select(l => l.Event));
    }

    [Fact]
    public async Task A_store_that_is_away_is_asked_every_few_seconds()
    {
        _pool.Holds.PostAlwaysFails = new TimeoutException();
        await _pool.FinishAsync(() => _settlement.PostAsync(_pool.Plan(), Posting));
        var before = _pool.Holds.PostCalls;
        for (var second = 0; second < 60; second++) _pool.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.InRange(_pool.Holds.PostCalls - before, 12, 24);
    }

    [Fact]
    public async Task What_failed_together_does_not_come_back_together()
    {
        _pool.Holds.PostAlwaysFails = new TimeoutException();
        var waiting = Enumerable.Range(0, MostLate).Select(i => _settlement.PostAsync(_pool.Plan(), Posting with { Hold = new HoldId($"req_{i}", 1) })).ToList();
        _pool.Holds.PostAlwaysFails = null;
        var most = 0;
        await Task.Run(() =>
        {
            for (var step = 0; step < 20; step++)
            {
                var before = _pool.Holds.PostCalls;
                _pool.Time.Advance(TimeSpan.FromMilliseconds(5));
                most = Math.Max(most, _pool.Holds.PostCalls - before);
            }
        }, TestContext.Current.CancellationToken);
        Assert.Equal(MostLate, _pool.Holds.Postings.Count);
        Assert.InRange(most, 1, MostLate / 4);
        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task As_many_postings_wait_as_may_and_the_next_is_lost_with_a_word()
    {
        _pool.Holds.PostAlwaysFails = new TimeoutException();
        var waiting = Enumerable.Range(0, MostLate).Select(i => _settlement.PostAsync(_pool.Plan(), Posting with { Hold = new HoldId($"req_{i}", 1) })).ToList();

        var lost = await _settlement.PostAsync(_pool.Plan(), Posting with { Hold = new HoldId("one too many", 1) });

        Assert.Equal(Money.FromUsd(1), lost.Invoiced);
        Assert.Equal("posting_backlog_full", _log.Lines[^1].Event);
        _pool.Holds.PostAlwaysFails = null;
        await _pool.FinishAsync(DrainAsync);
        await Task.WhenAll(waiting);
        Assert.Equal(MostLate, _pool.Holds.Postings.Count);
        // And there is room again.
        _pool.Holds.PostFailures.Enqueue(new TimeoutException());
        await _pool.FinishAsync(() => _settlement.PostAsync(_pool.Plan(), Posting));
        Assert.Equal(MostLate + 1, _pool.Holds.Postings.Count);
    }

    [Fact]
    public async Task A_stop_waits_for_calls_that_no_caller_waits_for_and_then_for_their_postings()
    {
        var gate = new TaskCompletionSource();
        _pool.A.Streams(new ScriptedStream().Then("data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n").ThenWait(gate.Task));
        var call = _pool.Pool.ServeAsync(ScriptedPool.Call(stream: true), new FakeSink { GoneAt = 0 }, CancellationToken.None);
        _pool.Holds.PostFailures.Enqueue(new TimeoutException());
        var drain = _pool.Drain.DrainAsync(CancellationToken.None);
        Assert.False(drain.IsCompleted);

        gate.SetResult();
        await _pool.FinishAsync(() => call);
        await drain;

        Assert.Equal("client_gone", _pool.Holds.Postings.Single().Outcome);
    }

    [Fact]
    public async Task A_stop_that_cannot_wait_leaves_calls_to_themselves()
    {
        _pool.A.KeepsSilent();
        var call = _pool.Pool.ServeAsync(ScriptedPool.Call(), null, CancellationToken.None);
        await _pool.Drain.DrainAsync(new CancellationToken(canceled: true));
        Assert.False(call.IsCompleted);
        await _pool.FinishAsync(() => call);
    }

    [Fact]
    public async Task A_posting_that_fails_as_nobody_foresaw_is_repeated_too_and_does_not_cost_the_caller_the_answer()
    {
        _pool.Holds.PostFailures.Enqueue(new InvalidOperationException("a bug"));
        var receipt = await _pool.FinishAsync(() => _settlement.PostAsync(_pool.Plan(), Posting));
        Assert.Equal((Money.FromUsd(1), 2), (receipt.Invoiced, _pool.Holds.PostCalls));
    }

    [Fact]
    public async Task A_stop_that_cannot_wait_gives_late_postings_up()
    {
        _pool.Holds.PostAlwaysFails = new TimeoutException();
        await _pool.FinishAsync(() => _settlement.PostAsync(_pool.Plan(), Posting));
        Assert.Equal(1, _settlement.Waiting);
        await _settlement.DrainAsync(new CancellationToken(canceled: true));
        Assert.Single(_log.Lines, line => line.Event == "postings_abandoned");
    }

    private async Task<bool> DrainAsync()
    {
        await _settlement.DrainAsync(CancellationToken.None);
        return true;
    }
}
