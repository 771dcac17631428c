using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.Unit.Providers.Health;

public sealed class LastMinuteTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void What_is_older_than_a_minute_is_forgotten()
    {
        var minute = new LastMinute(_time);
        minute.OnEnded("ok");
        minute.OnHeaders(TimeSpan.FromMilliseconds(100));
        minute.OnSpent(Money.FromUsd(0.5m));
        _time.Advance(TimeSpan.FromSeconds(30));
        minute.OnEnded("ok");
        minute.OnEnded("upstream_5xx");
        minute.OnSpent(Money.FromUsd(0.25m));

        var all = minute.Sum();
        Assert.Equal((2, 1, 1, 0.75m), (all.Outcomes["ok"], all.Outcomes["upstream_5xx"], all.Latencies.Sum(), all.Spent.Usd));

        _time.Advance(TimeSpan.FromSeconds(30));
        var later = minute.Sum();
        Assert.Equal((1, 1, 0, 0.25m), (later.Outcomes["ok"], later.Outcomes["upstream_5xx"], later.Latencies.Sum(), later.Spent.Usd));

        _time.Advance(TimeSpan.FromMinutes(5));
        var none = minute.Sum();
        Assert.Empty(none.Outcomes);
        Assert.Equal(Money.Zero, none.Spent);
        minute.OnEnded("ok");
        Assert.Equal(1, minute.Sum().Outcomes["ok"]);
    }
}
