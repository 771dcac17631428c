using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Budgets;

/// <summary>Unspent budget that the next window may spend.</summary>
public sealed class RollOverTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_a_day_leaves_unspent_the_next_may_spend()
    {
        var tenant = Tenant(limit: 0.005m, cap: 1m);
        Spend(tenant, 0.002m);

        Tomorrow(tenant);

        Assert.Equal((Money.FromUsd(0.003m), Money.FromUsd(0.008m)), (Day(tenant).RolledOverUsd, Day(tenant).RemainingUsd));
        Spend(tenant, 0.002m);
        Assert.Equal((Money.FromUsd(0.003m), Money.FromUsd(0.006m)), (Day(tenant).RolledOverUsd, Day(tenant).RemainingUsd));
        tenant.Granted(tenant.Request());
        tenant.Granted(tenant.Request());
        Assert.Equal(Money.FromUsd(0.003m), Assert.IsType<ReservationOutcome.BudgetSpent>(tenant.Reserve(tenant.Request())).Budget.RolledOverUsd);
    }

    [Fact]
    public void Never_more_than_the_cap_however_long_nothing_is_spent()
    {
        var tenant = Tenant(limit: 0.005m, cap: 0.012m);
        Spend(tenant, 0.002m);
        Tomorrow(tenant);
        Assert.Equal(Money.FromUsd(0.003m), Day(tenant).RolledOverUsd);
        Tomorrow(tenant);
        Assert.Equal(Money.FromUsd(0.008m), Day(tenant).RolledOverUsd);
        Tomorrow(tenant);
        Assert.Equal(Money.FromUsd(0.012m), Day(tenant).RolledOverUsd);
        tenant.Time.Advance(TimeSpan.FromDays(100_000));
        Assert.Equal(Money.FromUsd(0.012m), Day(tenant).RolledOverUsd);
    }

    [Fact]
    public void An_overspent_window_carries_nothing()
    {
        var tenant = Tenant(limit: 0.003m, cap: 1m);
        var plan = tenant.Granted(tenant.Request());
        tenant.Post(plan.Hold, plan.Held + Money.FromUsd(0.5m));

        Tomorrow(tenant);

        Assert.Equal(Money.Zero, Day(tenant).RolledOverUsd);
    }

    [Fact]
    public void What_is_held_when_the_next_window_opens_counts_as_spent_and_lands_in_its_own_window()
    {
        var tenant = Tenant(limit: 0.005m, cap: 1m);
        tenant.Time.SetUtcNow(Noon.Date.AddDays(1).AddSeconds(-1));
        var late = tenant.Granted(tenant.Request());
        Tomorrow(tenant);
        tenant.Granted(tenant.Request());
        Assert.Equal(Money.FromUsd(0.0022m), Day(tenant).RolledOverUsd);

        tenant.Post(late.Hold, Money.FromUsd(0.001m));

        Assert.Equal((Money.FromUsd(0.0022m), Money.Zero), (Day(tenant).RolledOverUsd, Day(tenant).SettledUsd));
    }

    [Fact]
    public void A_clock_that_jumps_ahead_and_back_and_ahead_again_rolls_over_once()
    {
        var tenant = Tenant(limit: 0.005m, cap: 0.007m);
        Spend(tenant, 0.001m);
        tenant.Time.AdjustTime(Noon.AddDays(1));
        Spend(tenant, 0.001m);
        Assert.Equal((Money.FromUsd(0.004m), Money.FromUsd(0.008m)), (Day(tenant).RolledOverUsd, Day(tenant).RemainingUsd));

        tenant.Time.AdjustTime(Noon);
        Spend(tenant, 0.001m);
        tenant.Time.AdjustTime(Noon.AddDays(1));
        Spend(tenant, 0.001m);

        Assert.Equal((Money.FromUsd(0.004m), Money.FromUsd(0.006m)), (Day(tenant).RolledOverUsd, Day(tenant).RemainingUsd));
    }

    [Fact]
    public void Without_a_cap_nothing_is_carried()
    {
        var tenant = Tenant(limit: 0.005m, cap: null);
        Spend(tenant, 0.001m);
        Tomorrow(tenant);
        Assert.Equal(Money.Zero, Day(tenant).RolledOverUsd);
    }

    [Theory]
    [InlineData(WindowKind.Minute, "2026-03-01T10:00:00Z", "2026-03-01T12:30:00Z", 150)]
    [InlineData(WindowKind.Hour, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23)] // a day of 23 hours
    [InlineData(WindowKind.Day, "2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z", 3)] // one of the three has 23 hours
    [InlineData(WindowKind.Day, "2028-02-27T23:00:00Z", "2028-02-29T23:00:00Z", 2)]
    [InlineData(WindowKind.Week, "2026-03-22T23:00:00Z", "2026-04-05T22:00:00Z", 2)]
    [InlineData(WindowKind.Month, "2025-12-31T23:00:00Z", "2026-03-31T22:00:00Z", 3)]
    [InlineData(WindowKind.Month, "2025-12-31T23:00:00Z", "2025-12-31T23:00:00Z", 0)]
    public void Whole_windows_between_two_are_counted_by_the_calendar(WindowKind kind, string end, string start, long count) => Assert.Equal(
        count, WindowCalendar.CountBetween(kind, Instant(end), Instant(start), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")));

    private static void Spend(TestTenant tenant, decimal usd) => tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(usd));

    private static void Tomorrow(TestTenant tenant) => tenant.Time.Advance(TimeSpan.FromDays(1));

    private static BudgetStatus Day(TestTenant tenant) => tenant.Budget(BudgetWindow.Day);

    private static TestTenant Tenant(decimal limit, decimal? cap) => new(TestTenant.Policy() with
    {
        Budgets = [new BudgetPolicy { Window = BudgetWindow.Day, LimitUsd = Money.FromUsd(limit), RollOverUsd = cap is { } usd ? Money.FromUsd(usd) : null }],
    });

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
