using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Budgets;

/// <summary>Burn rates and forecasts: resets, idleness, clocks, money that never resets, and windows that roll.</summary>
public sealed class BudgetForecastTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Who_never_spent_has_no_rate_and_no_end()
    {
        var budget = Tenant(BudgetWindow.Day, 1m).Budget(BudgetWindow.Day);

        Assert.Equal((Money.Zero, Money.Zero, null), (budget.BurnRateUsdPerHour, budget.ForecastUsd!.Value, budget.ExhaustsAt));
    }

    [Theory]
    [InlineData("hour", 2)]
    [InlineData("day", 24)]
    [InlineData("week", 168)]
    [InlineData("month", 700)]
    [InlineData("total", 700)]
    [InlineData("rolling:1d", 24)]
    [InlineData("rolling:7d", 168)]
    public void A_steady_spender_is_known_by_its_rate_long_before_a_window_has_passed(string name, int hours)
    {
        Assert.True(BudgetWindow.TryParse(name, out var window));
        var tenant = Tenant(window, 1_000m);
        var step = TimeSpan.FromHours(hours / 400.0);
        var perStep = 0.0008m * hours / 4; // 0.08 dollars an hour

        for (var i = 0; i < 100; i++)
        {
            Spend(tenant, perStep);
            tenant.Time.Advance(step);
        }

        Assert.InRange(tenant.Budget(window).BurnRateUsdPerHour.Usd, 0.077m, 0.083m);
    }

    [Fact]
    public void A_forecast_ends_with_the_window_and_the_next_begins_with_nothing_spent_at_the_same_rate()
    {
        var tenant = Tenant(BudgetWindow.Day, 10m);
        SpendHourly(tenant, 0.5m, hours: 11);

        var before = tenant.Budget(BudgetWindow.Day); // 23:00, after eleven postings
        AssertClose(5.5m + before.BurnRateUsdPerHour.Usd, before.ForecastUsd);
        Assert.Null(before.ExhaustsAt);

        tenant.Time.Advance(TimeSpan.FromHours(1));
        var after = tenant.Budget(BudgetWindow.Day);
        Assert.InRange(after.BurnRateUsdPerHour.Usd, 0.4m, 0.5m);
        AssertClose(after.BurnRateUsdPerHour.Usd * 24, after.ForecastUsd);
        // 10 dollars at less than half a dollar an hour last to the end of the day, and no further does this window go.
        Assert.Equal(after.BurnRateUsdPerHour.Usd * 24 >= 10m, after.ExhaustsAt is not null);
    }

    [Fact]
    public void Money_that_ends_before_the_reset_says_when()
    {
        var tenant = Tenant(BudgetWindow.Day, 3m);
        SpendHourly(tenant, 0.5m, hours: 4);

        var budget = tenant.Budget(BudgetWindow.Day);

        Assert.Equal(Money.FromUsd(1m), budget.RemainingUsd);
        var expected = tenant.Now + TimeSpan.FromHours((double)(1m / budget.BurnRateUsdPerHour.Usd));
        AssertClose(expected, budget.ExhaustsAt);
        Assert.True(budget.ExhaustsAt < budget.ResetsAt);
    }

    [Fact]
    public void A_budget_that_is_spent_ends_now()
    {
        var tenant = Tenant(BudgetWindow.Day, 1m);
        Spend(tenant, 1m);

        Assert.Equal(tenant.Now, tenant.Budget(BudgetWindow.Day).ExhaustsAt);
    }

    [Fact]
    public void Idleness_halves_the_rate_with_every_quarter_of_the_window()
    {
        var tenant = Tenant(BudgetWindow.Day, 100m);
        SpendHourly(tenant, 0.5m, hours: 72);
        var busy = tenant.Budget(BudgetWindow.Day).BurnRateUsdPerHour.Usd;

        tenant.Time.Advance(TimeSpan.FromHours(6));
        Assert.InRange(tenant.Budget(BudgetWindow.Day).BurnRateUsdPerHour.Usd / busy, 0.499m, 0.501m);

        tenant.Time.Advance(TimeSpan.FromDays(60));
        var idle = tenant.Budget(BudgetWindow.Day);
        Assert.Equal((Money.Zero, Money.Zero, null), (idle.BurnRateUsdPerHour, idle.ForecastUsd!.Value, idle.ExhaustsAt));
    }

    [Fact]
    public void One_posting_alone_is_taken_for_an_eighth_of_a_half_life_and_not_for_a_rate_without_bound()
    {
        var tenant = Tenant(BudgetWindow.Day, 100m);
        Spend(tenant, 0.75m);

        // 0.75 dollars in three quarters of an hour, but for the decay within them.
        Assert.InRange(tenant.Budget(BudgetWindow.Day).BurnRateUsdPerHour.Usd, 1m, 1.05m);
    }

    [Theory]
    [InlineData("2026-03-28T23:00:00Z", 23)]
    [InlineData("2026-10-24T22:00:00Z", 25)]
    [InlineData("2026-06-14T22:00:00Z", 24)]
    public void A_day_of_23_or_25_hours_is_forecast_for_as_long_as_it_is(string midnight, int hours)
    {
        var tenant = Tenant(BudgetWindow.Day, 1_000m, zone: "Europe/Berlin", start: DateTimeOffset.Parse(midnight, System.Globalization.CultureInfo.InvariantCulture));
        Spend(tenant, 0.01m);

        var budget = tenant.Budget(BudgetWindow.Day);

        Assert.Equal(tenant.Now.AddHours(hours), budget.ResetsAt);
        AssertClose(0.01m + (budget.BurnRateUsdPerHour.Usd * hours), budget.ForecastUsd);
    }

    [Fact]
    public void Total_money_has_an_end_at_the_present_rate_and_no_forecast_for_a_reset_that_never_comes()
    {
        var tenant = Tenant(BudgetWindow.Total, 100m);
        SpendHourly(tenant, 0.5m, hours: 48);

        var budget = tenant.Budget(BudgetWindow.Total);

        Assert.Null(budget.ForecastUsd);
        AssertClose(tenant.Now + TimeSpan.FromHours((double)(76m / budget.BurnRateUsdPerHour.Usd)), budget.ExhaustsAt);
        tenant.Time.Advance(TimeSpan.FromDays(20_000));
        Assert.Null(tenant.Budget(BudgetWindow.Total).ExhaustsAt);
    }

    [Fact]
    public void A_rolling_window_gets_back_what_leaves_it_before_the_money_ends()
    {
        var window = BudgetWindow.Rolling(1);
        var tenant = Tenant(window, 13m);
        SpendHourly(tenant, 0.5m, hours: 72);

        // 12 dollars a day at most: as much leaves as comes, and 13 are never spent.
        var steady = tenant.Budget(window);
        Assert.InRange(steady.RemainingUsd.Usd, 0m, 1m);
        Assert.Null(steady.ExhaustsAt);
        AssertClose(steady.BurnRateUsdPerHour.Usd * 24, steady.ForecastUsd);

        // Twice as fast, and they are, although half a dollar an hour still leaves.
        SpendHourly(tenant, 1m, hours: 1);
        tenant.Book(new BookEntry.PolicySet { At = tenant.Now, Policy = Policy(window, 16m, "UTC"), Version = 2 });
        SpendHourly(tenant, 1m, hours: 4);
        var fast = tenant.Budget(window);
        var alone = tenant.Now + TimeSpan.FromHours((double)(fast.RemainingUsd.Usd / fast.BurnRateUsdPerHour.Usd));
        Assert.True(fast.ExhaustsAt > alone, $"{fast.ExhaustsAt} {alone}");
    }

    [Fact]
    public void A_rate_is_the_same_after_a_replay_and_from_a_snapshot()
    {
        var tenant = Tenant(BudgetWindow.Day, 100m);
        SpendHourly(tenant, 0.123456789m, hours: 9);
        var restored = tenant.Restored(tenant.Snapshot());

        var live = tenant.Account.TenantScope.Burn.PerHour(BudgetWindow.Day, tenant.Now);
        Assert.True(live > Money.Zero);
        Assert.Equal(live, tenant.Replayed().TenantScope.Burn.PerHour(BudgetWindow.Day, tenant.Now));
        Assert.Equal(live, restored.TenantScope.Burn.PerHour(BudgetWindow.Day, tenant.Now));
    }

    private static TestTenant Tenant(BudgetWindow window, decimal limit, string zone = "UTC", DateTimeOffset? start = null) =>
        new(Policy(window, limit, zone), start: start ?? Noon);

    private static TenantPolicy Policy(BudgetWindow window, decimal limit, string zone) => TestTenant.Policy() with
    {
        TimeZone = zone,
        Budgets = [new BudgetPolicy { Window = window, LimitUsd = Money.FromUsd(limit), Mode = BudgetMode.Soft }],
    };

    private static void SpendHourly(TestTenant tenant, decimal usd, int hours)
    {
        for (var i = 0; i < hours; i++)
        {
            Spend(tenant, usd);
            tenant.Time.Advance(TimeSpan.FromHours(1));
        }
    }

    // Above the hold it is absorbed, which counts as well.
    private static void Spend(TestTenant tenant, decimal usd) => tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(usd));

    private static void AssertClose(decimal expected, Money? actual) => Assert.InRange(actual!.Value.Usd, expected - 0.000_001m, expected + 0.000_001m);

    private static void AssertClose(DateTimeOffset expected, DateTimeOffset? actual) => Assert.InRange(actual!.Value, expected.AddSeconds(-1), expected.AddSeconds(1));
}
