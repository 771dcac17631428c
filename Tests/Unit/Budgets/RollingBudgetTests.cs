using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Budgets;

/// <summary>Budgets over the last N days. A request of the test tenant holds $0.0028.</summary>
public sealed class RollingBudgetTests
{
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1, "2026-06-02T13:00:00Z")] // up to a week: until the hour of the request has been gone for N days
    [InlineData(7, "2026-06-08T13:00:00Z")]
    [InlineData(8, "2026-06-10T00:00:00Z")] // beyond: until its day has
    [InlineData(30, "2026-07-02T00:00:00Z")]
    [InlineData(366, "2027-06-03T00:00:00Z")]
    public void What_was_spent_counts_for_N_days_and_at_most_an_hour_or_a_day_longer(int days, string until)
    {
        var tenant = Tenant(BudgetWindow.Rolling(days), usd: 0.003m);
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.002m));
        var ends = DateTimeOffset.Parse(until, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(ends, tenant.Budget(BudgetWindow.Rolling(days)).ResetsAt);
        Assert.True(ends >= Start.AddDays(days));

        tenant.Time.SetUtcNow(ends.AddTicks(-1));
        Assert.Equal(BudgetWindow.Rolling(days), Assert.IsType<ReservationOutcome.BudgetSpent>(tenant.Reserve(tenant.Request())).Budget.Window);

        tenant.Time.SetUtcNow(ends);
        Assert.Equal(Money.Zero, tenant.Budget(BudgetWindow.Rolling(days)).SettledUsd);
        Assert.Null(tenant.Budget(BudgetWindow.Rolling(days)).ResetsAt);
        tenant.Granted(tenant.Request());
    }

    [Fact]
    public void It_frees_day_by_day_and_not_all_at_once()
    {
        var window = BudgetWindow.Rolling(10);
        var tenant = Tenant(window, usd: 1m);
        for (var day = 0; day < 5; day++)
        {
            tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.001m));
            tenant.Time.Advance(TimeSpan.FromDays(1));
        }

        var seen = new List<decimal>();
        for (var day = 5; day < 17; day++)
        {
            seen.Add(tenant.Budget(window).SettledUsd.Usd);
            tenant.Time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal([0.005m, 0.005m, 0.005m, 0.005m, 0.005m, 0.005m, 0.004m, 0.003m, 0.002m, 0.001m, 0m, 0m], seen);
    }

    [Fact]
    public void A_late_posting_lands_on_the_day_of_its_hold()
    {
        var window = BudgetWindow.Rolling(10);
        var tenant = Tenant(window, usd: 1m);
        var hold = tenant.Granted(tenant.Request()).Hold;
        tenant.Post(hold, Money.Zero, PostingKind.Suspense);
        tenant.Time.SetUtcNow(Start.AddDays(9));
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.Zero);

        tenant.Post(hold, Money.FromUsd(0.002m));

        Assert.Equal((Money.FromUsd(0.002m), Money.Zero), (tenant.Budget(window).SettledUsd, tenant.Budget(window).SuspenseUsd));
        tenant.Time.SetUtcNow(new DateTimeOffset(2026, 6, 12, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(Money.Zero, tenant.Budget(window).SettledUsd);
    }

    [Fact]
    public void A_refund_gives_room_for_what_still_counts_and_no_more()
    {
        var window = BudgetWindow.Rolling(10);
        var tenant = Tenant(window, usd: 0.005m);
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.002m));
        tenant.Time.Advance(TimeSpan.FromDays(6));
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.002m));

        // Six days on, the first has left: of a refund of both, the half that is about it gives nothing.
        tenant.Time.Advance(TimeSpan.FromDays(6));
        Assert.Equal("", tenant.Adjust(new Adjustment { Id = "refund", Kind = AdjustmentKind.Refund, AmountUsd = Money.FromUsd(0.004m), Reason = "both" }));
        Assert.Equal(Money.Zero, tenant.Budget(window).SettledUsd);
        Assert.Null(tenant.Budget(window).ResetsAt);

        tenant.Granted(tenant.Request());
        Assert.Equal(window, Refused(tenant));
    }

    [Fact]
    public void A_refund_takes_off_the_newest_first_and_leaves_with_it()
    {
        var window = BudgetWindow.Rolling(10);
        var tenant = Tenant(window, usd: 1m);
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.002m));
        tenant.Time.Advance(TimeSpan.FromDays(5));
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.002m));
        tenant.Adjust(new Adjustment { Id = "refund", Kind = AdjustmentKind.Refund, AmountUsd = Money.FromUsd(0.003m), Reason = "half of it was wrong" });
        Assert.Equal(Money.FromUsd(0.001m), tenant.Budget(window).SettledUsd);

        tenant.Time.SetUtcNow(Start.AddDays(12));
        Assert.Equal(Money.Zero, tenant.Budget(window).SettledUsd);
    }

    [Fact]
    public void A_snapshot_that_does_not_say_what_refunds_took_off_takes_each_off_its_own_day()
    {
        var tenant = Tenant(BudgetWindow.Rolling(10), usd: 1m);
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.002m));
        tenant.Adjust(new Adjustment { Id = "refund", Kind = AdjustmentKind.Refund, AmountUsd = Money.FromUsd(0.0005m), Reason = "a part" });
        var before = System.Text.RegularExpressions.Regex.Replace(tenant.Snapshot(), ",\"takenOff\":[^,}]+", "");
        Assert.NotEqual(tenant.Snapshot(), before);

        var days = tenant.Restored(before).TenantScope.Buckets.Current.Where(b => b.Kind == WindowKind.Day);
        Assert.Equal(Money.FromUsd(0.0015m), Assert.Single(days).CountedRolling);
    }

    [Fact]
    public void Several_budgets_of_one_scope_each_refuse_on_their_own()
    {
        var tenant = new TestTenant(
            TestTenant.Policy() with
            {
                Budgets = [Budget(BudgetWindow.Rolling(1), 0.006m), Budget(BudgetWindow.Rolling(30), 0.009m), Budget(BudgetWindow.Month, 1m)],
            },
            start: Start);
        tenant.Granted(tenant.Request());
        tenant.Granted(tenant.Request());
        Assert.Equal(BudgetWindow.Rolling(1), Refused(tenant));

        tenant.Time.Advance(TimeSpan.FromHours(25));
        tenant.Granted(tenant.Request());
        Assert.Equal(BudgetWindow.Rolling(30), Refused(tenant));
    }

    [Fact]
    public void A_threshold_is_reported_when_it_is_crossed_and_again_once_spending_had_fallen_below()
    {
        var window = BudgetWindow.Rolling(10);
        var tenant = new TestTenant(TestTenant.Policy() with { Budgets = [Budget(window, 0.004m) with { Mode = BudgetMode.Soft, AlertAt = [0.5m, 1m] }] }, start: Start);
        Spend();
        Assert.Empty(tenant.Alerts);
        Spend();
        Spend();
        Assert.Equal([0.5m], tenant.Alerts.Select(t => t.Threshold));
        Spend();
        Spend();
        Assert.Equal([0.5m, 1m], tenant.Alerts.Select(t => t.Threshold));

        tenant.HandOverAlerts();
        tenant.Time.Advance(TimeSpan.FromDays(11));
        Spend();
        Spend();
        Assert.Equal([0.5m], tenant.Alerts.Select(t => t.Threshold));

        void Spend() => tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.001m));
    }

    [Fact]
    public void Days_that_no_rolling_budget_counts_are_not_kept()
    {
        var tenant = Tenant(BudgetWindow.Rolling(10), usd: 1m);
        for (var day = 0; day < 40; day++)
        {
            tenant.Granted(tenant.Request());
            tenant.Time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal(10, tenant.Account.TenantScope.Buckets.Past.Count);
        Assert.Empty(tenant.Account.ScopesOf(TestTenant.KeyId, null)[1].Account.Buckets.Past);
    }

    private static BudgetWindow Refused(TestTenant tenant) => Assert.IsType<ReservationOutcome.BudgetSpent>(tenant.Reserve(tenant.Request())).Budget.Window;

    private static TestTenant Tenant(BudgetWindow window, decimal usd) => new(TestTenant.Policy() with { Budgets = [Budget(window, usd)] }, start: Start);

    private static BudgetPolicy Budget(BudgetWindow window, decimal usd) => new() { Window = window, LimitUsd = Money.FromUsd(usd) };
}
