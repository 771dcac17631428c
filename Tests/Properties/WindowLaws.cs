using CsCheck;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Properties;

/// <summary>
/// Laws of budgets' windows over random histories with clocks that jump: what a report says is what <see cref="NaiveBudgets"/> makes of the
/// whole book, live, replayed and restored; and no N days ever cost more than a rolling limit.
/// </summary>
public sealed class WindowLaws
{
    private abstract record Step
    {
        public sealed record Reserve(int Bytes) : Step;

        public sealed record End(int Which, PostingKind Kind, int CostPercent) : Step;

        public sealed record Clock(TimeSpan By) : Step;

        public sealed record Adjust(AdjustmentKind Kind, int Budget, int MilliUsd, TimeSpan Life) : Step;
    }

    private static readonly Gen<Step> Clocks = Gen.Frequency(
            (6, Gen.Int[1, 4 * 3600]), // within a day
            (4, Gen.Int[1, 3 * 86_400]), // over some
            (1, Gen.Int[1, 80 * 86_400]), // over months
            (2, Gen.Int[-86_400, -1])) // back
        .Select(seconds => (Step)new Step.Clock(TimeSpan.FromSeconds(seconds)));

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (8, Gen.Int[1, 5_000].Select(bytes => (Step)new Step.Reserve(bytes))),
        (6, Gen.Select(Gen.Int[0, 50], Gen.Enum<PostingKind>(), Gen.Int[0, 110]).Select(x => (Step)new Step.End(x.Item1, x.Item2, x.Item3))),
        (6, Clocks),
        (2, Gen.Select(Gen.Enum<AdjustmentKind>(), Gen.Int[0, 9], Gen.Int[-9, 9], Gen.Int[1, 40 * 86_400])
            .Select(x => (Step)new Step.Adjust(x.Item1, x.Item2, x.Item3, TimeSpan.FromSeconds(x.Item4)))));

    // Changes of the clock fall in the years that the histories cover.
    private static readonly Gen<(string Zone, DateTimeOffset From)> Places = Gen.OneOf(
        Gen.Const(("Europe/Berlin", new DateTimeOffset(2026, 3, 20, 0, 0, 0, TimeSpan.Zero))),
        Gen.Const(("America/New_York", new DateTimeOffset(2026, 10, 20, 0, 0, 0, TimeSpan.Zero))),
        Gen.Const(("America/Sao_Paulo", new DateTimeOffset(2017, 10, 5, 0, 0, 0, TimeSpan.Zero))),
        Gen.Const(("Africa/Cairo", new DateTimeOffset(2024, 4, 20, 0, 0, 0, TimeSpan.Zero))),
        Gen.Const(("America/Nuuk", new DateTimeOffset(2026, 3, 20, 0, 0, 0, TimeSpan.Zero))),
        Gen.Const(("America/Havana", new DateTimeOffset(2026, 10, 25, 0, 0, 0, TimeSpan.Zero))),
        Gen.Const(("Asia/Kathmandu", new DateTimeOffset(2028, 2, 20, 0, 0, 0, TimeSpan.Zero))));

    [Fact]
    public void A_report_says_what_the_book_recomputed_from_scratch_says()
    {
        int rolledOver = 0, raised = 0, back = 0, denied = 0;
        var policy = TestTenant.Policy() with
        {
            Budgets =
            [
                Budget(BudgetWindow.Minute, 0.5m, rollOver: 0.1m), Budget(BudgetWindow.Hour, 0.05m, rollOver: 0.12m), Budget(BudgetWindow.Day, 0.1m, rollOver: 0.25m),
                Budget(BudgetWindow.Week, 0.2m, rollOver: 0.05m), Budget(BudgetWindow.Month, 0.5m, rollOver: 2m), Budget(BudgetWindow.Total, 1m),
                Budget(BudgetWindow.Rolling(1), 0.08m), Budget(BudgetWindow.Rolling(7), 0.2m), Budget(BudgetWindow.Rolling(8), 0.25m), Budget(BudgetWindow.Rolling(30), 0.4m),
            ],
        };
        Gen.Select(Steps.Array[60], Places, Gen.Int[0, 59]).Sample(
            (steps, place, snapshotAt) =>
            {
                var tenant = Open(policy, place);
                string? snapshot = null;
                for (var i = 0; i < steps.Length; i++)
                {
                    if (Play(tenant, steps[i]) is ReservationOutcome.BudgetSpent) denied++;
                    if (steps[i] is Step.Clock { By.Ticks: < 0 }) back++;
                    var expected = new NaiveBudgets(tenant.Entries, policy, TimeZoneInfo.FindSystemTimeZoneById(place.Zone)).Report(tenant.Now);
                    var actual = Report(tenant.Account, tenant);
                    Assert.Equal(expected, actual);
                    rolledOver += actual.Count(b => b.RolledOverUsd > Money.Zero);
                    raised += actual.Count(b => b.RaisedUsd != Money.Zero);
                    if (i == snapshotAt) snapshot = tenant.Snapshot();
                }

                var restored = tenant.Restored(snapshot!);
                var live = Report(tenant.Account, tenant);
                Assert.Equal(live, Report(tenant.Replayed(), tenant));
                Assert.Equal(live, Report(restored, tenant));
            },
            iter: 300);
        Assert.True(rolledOver > 0 && raised > 0 && back > 0 && denied > 0);
    }

    [Fact]
    public void No_stretch_of_N_days_costs_more_than_a_rolling_limit()
    {
        var denied = 0;
        Gen.Select(Steps.Array[80], Places, Gen.Int[1, 12], Gen.Bool).Sample(
            (steps, place, days, refunds) =>
            {
                var limit = Money.FromUsd(0.05m);
                var tenant = Open(TestTenant.Policy() with { Budgets = [Budget(BudgetWindow.Rolling(days), limit.Usd)] }, place);
                foreach (var step in steps)
                {
                    // Overruns and raises are the two ways that are meant to pass the limit; a refund is a charge with a minus.
                    if (step is Step.Adjust { Kind: not AdjustmentKind.Refund } || (step is Step.Adjust && !refunds)) continue;
                    if (Play(tenant, step is Step.End { CostPercent: > 100 } end ? end with { CostPercent = 100 } : step) is ReservationOutcome.BudgetSpent) denied++;
                }

                var landings = NaiveBudgets.Landings(tenant.Entries).ToList();
                for (var first = 0; first < landings.Count; first++)
                {
                    var spent = Money.Zero;
                    foreach (var last in landings.Skip(first).TakeWhile(l => l.At < landings[first].At.AddDays(days)))
                    {
                        spent += last.Counted;
                        Assert.True(spent <= limit, $"{spent} of {limit} from {landings[first].At} to {last.At}, in {days} days");
                    }
                }
            },
            iter: 500);
        Assert.True(denied > 0);
    }

    private static TestTenant Open(TenantPolicy policy, (string Zone, DateTimeOffset From) place)
    {
        var tenant = new TestTenant(policy with { TimeZone = place.Zone }, start: place.From);
        var gpt = tenant.Catalog.Models["gpt-4.1"];
        tenant.Catalog = tenant.Catalog with
        {
            Models = tenant.Catalog.Models.SetItem("gpt-4.1", gpt with { Prices = [gpt.Prices[0] with { EffectiveFrom = DateTimeOffset.MinValue }] }),
        };
        return tenant;
    }

    private static ReservationOutcome? Play(TestTenant tenant, Step step)
    {
        switch (step)
        {
            case Step.Reserve r:
                return tenant.Reserve(tenant.Request(bytes: r.Bytes));
            case Step.End e when tenant.Account.Holds.Count > 0:
                var hold = tenant.Account.Holds.ElementAt(e.Which % tenant.Account.Holds.Count);
                tenant.Post(hold.Id, new Money(hold.Amount.NanoDollars * e.CostPercent / 100), e.Kind);
                return null;
            case Step.Clock c:
                tenant.Time.AdjustTime(tenant.Now + c.By);
                return null;
            case Step.Adjust a:
                var raise = a.Kind == AdjustmentKind.Raise;
                tenant.Adjust(new Adjustment
                {
                    Id = $"adj_{tenant.Entries.Count}",
                    Kind = a.Kind,
                    AmountUsd = Money.FromUsd(a.MilliUsd / 1_000m),
                    Window = raise ? tenant.Account.Policy!.Budgets[a.Budget % tenant.Account.Policy.Budgets.Length].Window : null,
                    Until = raise ? tenant.Now + a.Life : null,
                    Reason = "property",
                });
                return null;
            default:
                return null;
        }
    }

    // When a window resets is the calendar's, and its tests', and so with forecasts.
    private static BudgetStatus[] Report(TenantAccount account, TestTenant tenant) =>
        [.. TestBooks.Admission(account, () => tenant.Catalog, tenant.Time).Report(account.ScopesOf(null, null)).Budgets
            .Select(b => b with { ResetsAt = null, BurnRateUsdPerHour = default, ForecastUsd = null, ExhaustsAt = null })];

    private static BudgetPolicy Budget(BudgetWindow window, decimal usd, decimal? rollOver = null) => new()
    {
        Window = window,
        LimitUsd = Money.FromUsd(usd),
        RollOverUsd = rollOver is { } cap ? Money.FromUsd(cap) : null,
    };
}
