using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Usage;

public sealed class UsageRollUpTests
{
    private readonly InMemoryBook _book = new();
    private readonly InMemoryGrainStorage _storage = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_correction_counts_once_though_the_process_ends_after_it_made_the_roll_up_save()
    {
        // As many days as are open at once: the next entry's is one more, so that all is saved before it is added.
        for (var day = 1; day <= 4; day++) await _book.AppendAsync("acme", BookedUsage.Posted($"2026-03-0{day}T10:00:00Z", $"req_{day}"));
        var at = new DateTimeOffset(2026, 3, 5, 0, 0, 5, TimeSpan.Zero);
        await _book.AppendAsync("acme", new BookEntry.Adjusted
        {
            At = at,
            Adjustment = new Adjustment
            {
                Id = "r",
                Kind = AdjustmentKind.Correction,
                AmountUsd = Money.FromUsd(1),
                Reason = "bill",
                At = at,
                Model = "gpt-4.1",
                Reconciles = new ReconciledUsage(new DateOnly(2026, 3, 4), "gpt-4.1") { Provider = "holysheep" },
            },
        });
        await Desk().FollowAsync(TimeSpan.FromMinutes(1));

        var days = Assert.IsType<DailyUsage.Known>(await Desk().DaysAsync(new DateOnly(2026, 3, 1), new DateOnly(2026, 3, 9), TimeSpan.FromMinutes(1)));

        var sum = Assert.Single(days.Reconciled);
        Assert.Equal((1, Money.FromUsd(1)), (sum.Corrections, sum.AmountUsd));
    }

    // One that is made anew knows what was stored.
    private UsageDesk Desk() => new(_book, () => new UsageStore(_storage, GrainId.Create("usage", "acme")), "acme", _time, NullLogger.Instance);
}
