using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Tenants;

public sealed class TenantAccountTests
{
    [Fact]
    public void A_posting_turns_the_hold_into_what_it_cost()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m));
        var plan = tenant.Granted(tenant.Request());

        var receipt = tenant.Post(plan.Hold, Money.FromUsd(0.001m));

        Assert.Equal(new PostingReceipt(Money.FromUsd(0.001m), Money.Zero), receipt);
        AssertBudget(tenant, settled: 0.001m, absorbed: 0, held: 0, suspense: 0);
        Assert.Empty(tenant.Account.Holds);
    }

    [Fact]
    public void Cost_above_the_hold_is_absorbed_and_not_invoiced()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m));
        var plan = tenant.Granted(tenant.Request());

        tenant.Post(plan.Hold, plan.Held + Money.FromUsd(0.5m));

        AssertBudget(tenant, settled: plan.Held.Usd, absorbed: 0.5m, held: 0, suspense: 0);
    }

    [Fact]
    public void A_hold_ends_once()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m));
        var hold = tenant.Granted(tenant.Request()).Hold;
        tenant.Post(hold, Money.FromUsd(0.001m));

        Assert.Null(tenant.Post(hold, Money.FromUsd(0.002m)));
        Assert.Null(tenant.Post(hold, Money.Zero, PostingKind.Void));
        Assert.Null(tenant.Post(hold, Money.Zero, PostingKind.Suspense));

        AssertBudget(tenant, settled: 0.001m, absorbed: 0, held: 0, suspense: 0);
        Assert.True(tenant.Account.Closed.TryFind(hold, out var receipt));
        Assert.Equal(Money.FromUsd(0.001m), receipt.Invoiced);
    }

    [Fact]
    public void Suspense_counts_until_it_is_posted_or_void()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m));
        var plan = tenant.Granted(tenant.Request());

        tenant.Post(plan.Hold, Money.Zero, PostingKind.Suspense);
        AssertBudget(tenant, settled: 0, absorbed: 0, held: 0, suspense: plan.Held.Usd);
        Assert.Equal(0, tenant.Account.TenantScope.Open);

        tenant.Post(plan.Hold, Money.FromUsd(0.001m));
        AssertBudget(tenant, settled: 0.001m, absorbed: 0, held: 0, suspense: 0);
        Assert.Equal(0, tenant.Account.TenantScope.Open);
    }

    [Fact]
    public void A_hold_whose_deadline_passed_goes_to_suspense_and_is_never_freed()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m));
        var plan = tenant.Granted(tenant.Request());

        tenant.Book(PostingRules.Expire(tenant.Account.FindHold(plan.Hold)!, tenant.Now));

        AssertBudget(tenant, settled: 0, absorbed: 0, held: 0, suspense: plan.Held.Usd);
    }

    [Fact]
    public void A_late_posting_lands_in_the_window_of_its_hold()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m));
        tenant.Time.SetUtcNow(new DateTimeOffset(2026, 6, 30, 23, 59, 59, TimeSpan.Zero));
        var june = tenant.Granted(tenant.Request());
        var juneBucket = tenant.Account.FindHold(june.Hold)!.Windows[0].Single(b => b.Kind == WindowKind.Month);
        tenant.Time.Advance(TimeSpan.FromSeconds(1));
        AssertBudget(tenant, settled: 0, absorbed: 0, held: 0, suspense: 0);

        tenant.Post(june.Hold, Money.FromUsd(0.001m));

        AssertBudget(tenant, settled: 0, absorbed: 0, held: 0, suspense: 0);
        Assert.Equal(Money.FromUsd(0.001m), juneBucket.Settled);
        Assert.Equal(Money.Zero, juneBucket.Held);
    }

    [Fact]
    public void A_void_of_a_hold_nobody_has_seen_is_booked_to_fence_it_off()
    {
        var tenant = new TestTenant();
        var request = tenant.Request();

        Assert.NotNull(tenant.Post(request.Hold, Money.Zero, PostingKind.Void));

        Assert.IsType<ReservationOutcome.HoldClosed>(tenant.Reserve(request));
    }

    [Fact]
    public void A_budget_set_up_in_the_middle_of_a_month_knows_what_the_month_has_cost()
    {
        var tenant = new TestTenant();
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.001m));

        tenant.Book(new BookEntry.PolicySet { At = tenant.Now, Policy = TestTenant.Policy(monthlyUsd: 1m), Version = 2 });

        AssertBudget(tenant, settled: 0.001m, absorbed: 0, held: 0, suspense: 0);
    }

    [Fact]
    public void Each_threshold_is_reported_once_per_window()
    {
        var policy = TestTenant.Policy() with
        {
            Budgets = [new BudgetPolicy { Window = BudgetWindow.Month, LimitUsd = Money.FromUsd(0.004m), Mode = BudgetMode.Soft, AlertAt = [1.0m, 0.5m] }],
        };
        var tenant = new TestTenant(policy);
        for (var i = 0; i < 6; i++) tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.001m));
        Assert.Equal([0.5m, 1.0m], tenant.Alerts.Select(t => t.Threshold));

        tenant.HandOverAlerts();
        tenant.Time.SetUtcNow(new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero));
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.002m));

        Assert.Equal(0.5m, Assert.Single(tenant.Alerts).Threshold);
    }

    [Fact]
    public void Daily_windows_begin_at_midnight_in_the_tenants_time_zone()
    {
        var tenant = new TestTenant(TestTenant.Policy() with
        {
            TimeZone = "Europe/Berlin",
            Budgets = [new BudgetPolicy { Window = BudgetWindow.Day, LimitUsd = Money.FromUsd(1m) }],
        });

        Assert.Equal(new DateTimeOffset(2026, 6, 15, 22, 0, 0, TimeSpan.Zero), tenant.Budget(BudgetWindow.Day).ResetsAt);
    }

    private static void AssertBudget(TestTenant tenant, decimal settled, decimal absorbed, decimal held, decimal suspense)
    {
        var budget = tenant.Budget();
        Assert.Equal((settled, absorbed, held, suspense), (budget.SettledUsd.Usd, budget.AbsorbedUsd.Usd, budget.HeldUsd.Usd, budget.SuspenseUsd.Usd));
        Assert.Equal(budget.LimitUsd.Usd - settled - absorbed - held - suspense, budget.RemainingUsd.Usd);
    }
}
