using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Tenants;

/// <summary>Clocks that jump neither free what was spent nor open what was closed.</summary>
public sealed class ClockTests
{
    private static readonly DateTimeOffset JuneEnds = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_clock_set_back_into_the_last_month_goes_on_spending_this_one()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 0.003m), start: JuneEnds);
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.002m));

        tenant.Time.AdjustTime(JuneEnds.AddHours(-1));

        Assert.Equal((Money.FromUsd(0.002m), JuneEnds.AddMonths(1)), (tenant.Budget().SettledUsd, tenant.Budget().ResetsAt));
        Assert.IsType<ReservationOutcome.BudgetSpent>(tenant.Reserve(tenant.Request()));
    }

    [Fact]
    public void A_look_from_a_clock_that_ran_ahead_changes_nothing()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 0.003m));
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.FromUsd(0.002m));
        var now = tenant.Now;
        tenant.Time.AdjustTime(now.AddDays(40));
        Assert.Equal(Money.Zero, tenant.Budget().SettledUsd);

        tenant.Time.AdjustTime(now);

        Assert.Equal(Money.FromUsd(0.002m), tenant.Budget().SettledUsd);
        Assert.IsType<ReservationOutcome.BudgetSpent>(tenant.Reserve(tenant.Request()));
    }

    [Fact]
    public void A_hold_made_by_a_clock_that_ran_ahead_lasts_no_longer_than_any()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m));
        var now = tenant.Now;
        var before = tenant.Account.FindHold(tenant.Granted(tenant.Request()).Hold)!;
        tenant.Time.AdjustTime(now.AddDays(40));
        var ahead = tenant.Account.FindHold(tenant.Granted(tenant.Request()).Hold)!;
        tenant.Time.AdjustTime(now);

        foreach (var hold in new[] { before, ahead }) hold.SeenAt(now);

        Assert.Equal((before.Entry.Deadline, before.Entry.Deadline), (before.EndsBy, ahead.EndsBy));
    }

    [Fact]
    public void A_hold_made_on_a_clock_set_back_lands_in_its_window_after_a_restart_too()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m), start: JuneEnds);
        tenant.Granted(tenant.Request());
        tenant.Time.AdjustTime(JuneEnds.AddHours(-1));
        var hold = tenant.Granted(tenant.Request()).Hold;
        tenant.Time.AdjustTime(JuneEnds.AddMonths(1));
        tenant.Granted(tenant.Request());

        var restored = tenant.Restored(tenant.Snapshot());

        foreach (var account in new[] { tenant.Account, tenant.Replayed(), restored })
        {
            var month = account.FindHold(hold)!.Windows[0].Single(b => b.Kind == WindowKind.Month);
            Assert.Equal((JuneEnds, JuneEnds.AddMonths(1)), (month.Start, month.End));
        }
    }

    [Fact]
    public void A_raise_that_ended_stays_ended_when_the_clock_goes_back()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m));
        tenant.Adjust(new Adjustment
        {
            Id = "a",
            Kind = AdjustmentKind.Raise,
            Window = BudgetWindow.Month,
            AmountUsd = Money.FromUsd(5),
            Until = tenant.Now.AddHours(1),
            Reason = "launch",
        });
        Assert.Equal(Money.FromUsd(6), tenant.Budget().RemainingUsd);
        tenant.Time.Advance(TimeSpan.FromHours(1));
        tenant.Post(tenant.Granted(tenant.Request()).Hold, Money.Zero);

        tenant.Time.AdjustTime(tenant.Now.AddMinutes(-30));

        Assert.Equal((Money.Zero, Money.FromUsd(1)), (tenant.Budget().RaisedUsd, tenant.Budget().RemainingUsd));
    }
}
