using Microsoft.Extensions.Logging.Abstractions;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

public sealed class SettlementTests : IDisposable
{
    private readonly ScriptedPool _pool = new();
    private readonly Settlement _settlement;

    public SettlementTests() => _settlement = new Settlement(_pool.Holds, _pool.Kept, _pool.Costs, _pool.Time, NullLogger<Settlement>.Instance);

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
    public async Task Postings_are_repeated_until_the_hold_is_in_suspense_by_itself()
    {
        _pool.Holds.PostAlwaysFails = new StaleActivationException("acme");
        var plan = _pool.Plan();
        await _pool.FinishAsync(() => _settlement.PostAsync(plan, Posting));
        await _pool.FinishAsync(DrainAsync);
        Assert.InRange(plan.Deadline - _pool.Time.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromSeconds(6));
        Assert.InRange(_pool.Holds.PostCalls, 100, 200);
    }

    [Fact]
    public async Task A_posting_that_the_book_cannot_take_does_not_cost_the_caller_the_answer()
    {
        _pool.Holds.PostFailures.Enqueue(new InvalidOperationException("a bug"));
        var receipt = await _pool.FinishAsync(() => _settlement.PostAsync(_pool.Plan(), Posting));
        Assert.Equal((Money.FromUsd(1), 1), (receipt.Invoiced, _pool.Holds.PostCalls));
    }

    [Fact]
    public async Task A_stop_that_cannot_wait_gives_late_postings_up()
    {
        _pool.Holds.PostAlwaysFails = new TimeoutException();
        await _pool.FinishAsync(() => _settlement.PostAsync(_pool.Plan(), Posting));
        await _settlement.DrainAsync(new CancellationToken(canceled: true));
    }

    private async Task<bool> DrainAsync()
    {
        await _settlement.DrainAsync(CancellationToken.None);
        return true;
    }
}
