using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Tenants;

public sealed class AdjustmentTests
{
    private static readonly Adjustment Refund = Of(AdjustmentKind.Refund, 1);

    [Fact]
    public void Prepaid_money_is_spent_until_the_credit_is_gone_and_more_credit_goes_on()
    {
        var tenant = Tenant(BudgetWindow.Total, 0);
        Assert.IsType<ReservationOutcome.BudgetSpent>(tenant.Reserve(tenant.Request()));

        Assert.Equal("", tenant.Adjust(Of(AdjustmentKind.Credit, 0.003m)));
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.002m));
        Assert.Equal((0.003m, 0.001m), (tenant.Budget(BudgetWindow.Total).RaisedUsd.Usd, tenant.Budget(BudgetWindow.Total).RemainingUsd.Usd));
        Assert.IsType<ReservationOutcome.BudgetSpent>(tenant.Reserve(tenant.Request()));

        Assert.Equal("", tenant.Adjust(Of(AdjustmentKind.Credit, 0.002m)));
        tenant.Granted(tenant.Request());
        Assert.Equal("", tenant.Adjust(Of(AdjustmentKind.Credit, -0.001m)));
        Assert.Equal(0.004m, tenant.Budget(BudgetWindow.Total).RaisedUsd.Usd);
    }

    [Fact]
    public void A_raise_counts_until_its_instant_and_in_its_budget_only()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m) with { Budgets = [Budget(BudgetWindow.Day, 1), Budget(BudgetWindow.Month, 1)] });
        Assert.Equal("", tenant.Adjust(Of(AdjustmentKind.Raise, 5) with { Window = BudgetWindow.Day, Until = tenant.Now.AddMinutes(1) }));

        Assert.Equal((5m, 6m), (tenant.Budget(BudgetWindow.Day).RaisedUsd.Usd, tenant.Budget(BudgetWindow.Day).RemainingUsd.Usd));
        Assert.Equal((0m, 1m), (tenant.Budget(BudgetWindow.Month).RaisedUsd.Usd, tenant.Budget(BudgetWindow.Month).RemainingUsd.Usd));
        tenant.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((0m, 1m), (tenant.Budget(BudgetWindow.Day).RaisedUsd.Usd, tenant.Budget(BudgetWindow.Day).RemainingUsd.Usd));
    }

    [Fact]
    public void What_is_raised_is_not_carried_into_the_next_window()
    {
        var tenant = new TestTenant(TestTenant.Policy() with { Budgets = [Budget(BudgetWindow.Day, 1) with { RollOverUsd = Money.FromUsd(100) }] });
        tenant.Adjust(Of(AdjustmentKind.Raise, 5) with { Window = BudgetWindow.Day, Until = tenant.Now.AddDays(9) });
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.Zero);
        tenant.Time.Advance(TimeSpan.FromDays(1));

        var budget = tenant.Budget(BudgetWindow.Day);
        Assert.Equal((1m, 5m, 7m), (budget.RolledOverUsd.Usd, budget.RaisedUsd.Usd, budget.RemainingUsd.Usd));
    }

    [Fact]
    public void A_refund_takes_off_and_a_correction_adds_to_what_was_spent_and_both_are_in_every_window()
    {
        var tenant = new TestTenant(TestTenant.Policy() with { Budgets = [Budget(BudgetWindow.Day, 1), Budget(BudgetWindow.Rolling(30), 1), Budget(BudgetWindow.Total, 1)] });
        tenant.Adjust(Of(AdjustmentKind.Correction, 0.5m));
        tenant.Adjust(Of(AdjustmentKind.Refund, 0.2m));
        tenant.Adjust(Of(AdjustmentKind.Correction, -0.1m));

        foreach (var window in new[] { BudgetWindow.Day, BudgetWindow.Rolling(30), BudgetWindow.Total })
            Assert.Equal((0.2m, 0.8m), (tenant.Budget(window).SettledUsd.Usd, tenant.Budget(window).RemainingUsd.Usd));
    }

    [Fact]
    public void What_is_put_right_for_a_key_or_an_end_user_is_put_right_for_the_tenant_and_nobody_else()
    {
        var month = new ScopePolicy { Budgets = [Budget(BudgetWindow.Month, 1)] };
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1) with { EndUserDefaults = month }, keyPolicy: month);

        Assert.Equal("", tenant.Adjust(Of(AdjustmentKind.Correction, 0.5m) with { Scope = $"key:{TestTenant.KeyId}" }));
        Assert.Equal("", tenant.Adjust(Of(AdjustmentKind.Correction, 0.25m) with { Scope = "user:ann" }));

        var spent = tenant.Admission.Report(tenant.Account.ScopesOf(TestTenant.KeyId, "ann")).Budgets.ToDictionary(b => b.Scope, b => b.SettledUsd.Usd);
        Assert.Equal((0.75m, 0.5m, 0.25m), (spent["tenant"], spent[$"key:{TestTenant.KeyId}"], spent["user:ann"]));
    }

    [Fact]
    public void A_correction_that_crosses_a_threshold_is_reported()
    {
        var tenant = new TestTenant(TestTenant.Policy() with { Budgets = [Budget(BudgetWindow.Month, 1) with { AlertAt = [0.5m] }] });
        tenant.Adjust(Of(AdjustmentKind.Correction, 0.5m));
        Assert.Equal(0.5m, Assert.Single(tenant.Alerts).Threshold);
    }

    [Fact]
    public void Replay_and_snapshot_keep_credit_raises_and_what_was_booked_under_which_id()
    {
        var tenant = Tenant(BudgetWindow.Total, 0);
        tenant.Adjust(Of(AdjustmentKind.Credit, 3) with { Id = "credit" });
        tenant.Adjust(Of(AdjustmentKind.Raise, 2) with { Id = "raise", Window = BudgetWindow.Total, Until = tenant.Now.AddDays(1) });
        tenant.Adjust(Of(AdjustmentKind.Refund, 1) with { Id = "refund", RequestId = "req_1", Model = "gpt-4.1" });
        var restored = tenant.Restored(tenant.Snapshot());

        foreach (var account in new[] { tenant.Account, tenant.Replayed(), restored })
        {
            var total = TestBooks.Admission(account, () => tenant.Catalog, tenant.Time).Report(account.ScopesOf(null, null)).Budgets.Single();
            Assert.Equal((5m, -1m, 6m), (total.RaisedUsd.Usd, total.SettledUsd.Usd, total.RemainingUsd.Usd));
            Assert.Equal(tenant.Entries.OfType<BookEntry.Adjusted>().Select(e => e.Adjustment), account.Adjustments.All);
        }
    }

    [Theory]
    [InlineData(AdjustmentKind.Refund, 0, "amountUsd")]
    [InlineData(AdjustmentKind.Refund, -1, "amountUsd")]
    [InlineData(AdjustmentKind.Raise, -1, "amountUsd window until")]
    [InlineData(AdjustmentKind.Credit, 0, "amountUsd scope")]
    [InlineData(AdjustmentKind.Correction, 0, "amountUsd")]
    [InlineData(AdjustmentKind.Correction, 9_000_000_000, "amountUsd")]
    [InlineData((AdjustmentKind)9, 1, "kind")]
    public void An_amount_has_the_sign_that_its_kind_allows(AdjustmentKind kind, long usd, string faults) =>
        Assert.Equal(faults, new TestTenant(TestTenant.Policy(monthlyUsd: 1)).Adjust(Of(kind, usd)));

    [Fact]
    public void What_has_no_effect_is_a_fault()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1));
        var later = tenant.Now.AddHours(1);
        Assert.Equal("window", tenant.Adjust(Refund with { Window = BudgetWindow.Month }));
        Assert.Equal("until", tenant.Adjust(Refund with { Until = later }));
        Assert.Equal("window", tenant.Adjust(Of(AdjustmentKind.Credit, 1) with { Window = BudgetWindow.Month }));
        Assert.Equal("scope", tenant.Adjust(Of(AdjustmentKind.Credit, 1)));
        Assert.Equal("window", tenant.Adjust(Of(AdjustmentKind.Raise, 1) with { Window = BudgetWindow.Day, Until = later }));
        Assert.Equal("until", tenant.Adjust(Of(AdjustmentKind.Raise, 1) with { Window = BudgetWindow.Month, Until = tenant.Now }));
        Assert.Equal("scope", tenant.Adjust(Refund with { Scope = "key:k_unknown0" }));
        Assert.Equal("scope", tenant.Adjust(Refund with { Scope = "user:ann" }));
        Assert.Equal("scope", tenant.Adjust(Refund with { Scope = "" }));
        Assert.Equal("id reason actor requestId model", tenant.Adjust(Refund with { Id = "", Reason = " ", Actor = "a\nb", RequestId = "", Model = new string('m', 201) }));
    }

    [Fact]
    public void Sums_stay_inside_money_and_so_does_the_account()
    {
        var tenant = Tenant(BudgetWindow.Total, 8_000_000_000m);
        const decimal Most = 8_999_999_999.999999999m;
        Assert.Equal("", tenant.Adjust(Of(AdjustmentKind.Credit, Most)));
        Assert.Equal("amountUsd", tenant.Adjust(Of(AdjustmentKind.Credit, 1)));
        Assert.Equal(9_000_000_000m, tenant.Budget(BudgetWindow.Total).RemainingUsd.Usd);
        Assert.Equal("", tenant.Adjust(Of(AdjustmentKind.Correction, Most)));
        Assert.Equal("amountUsd", tenant.Adjust(Of(AdjustmentKind.Correction, 1)));
        Assert.Equal("", tenant.Adjust(Of(AdjustmentKind.Refund, Most)));
        Assert.Equal("amountUsd", tenant.Adjust(Of(AdjustmentKind.Correction, -1)));
        Assert.Equal(9_000_000_000m, tenant.Budget(BudgetWindow.Total).RemainingUsd.Usd);
    }

    private static Adjustment Of(AdjustmentKind kind, decimal usd) => new() { Id = Guid.NewGuid().ToString(), Kind = kind, AmountUsd = Money.FromUsd(usd), Reason = "test" };

    private static TestTenant Tenant(BudgetWindow window, decimal usd) => new(TestTenant.Policy() with { Budgets = [Budget(window, usd)] });

    private static BudgetPolicy Budget(BudgetWindow window, decimal usd) => new() { Window = window, LimitUsd = Money.FromUsd(usd) };
}
