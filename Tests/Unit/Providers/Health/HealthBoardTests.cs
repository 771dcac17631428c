using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.Unit.Providers.Health;

public sealed class HealthBoardTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly HealthBoard _board;

    public HealthBoardTests() => _board = new HealthBoard(new PoolTime(_time));

    [Fact]
    public void A_silo_hears_what_others_leave_alone_as_long_as_they_say_so_and_live()
    {
        var soon = Rest("a", seconds: 20);
        var later = Rest("a", seconds: 30);
        Assert.Empty(_board.Exchange(Of("one", soon)));
        Assert.Equal([soon], _board.Exchange(Of("two")));
        Assert.Equal([soon], _board.Exchange(Of("two", later)));
        Assert.Equal([later], _board.Exchange(Of("one", soon)));

        // Of two the longer counts; one's own is not told to it.
        Assert.Equal([later], _board.Exchange(Of("three")));
        Assert.Equal([soon], _board.Exchange(Of("two", later)));

        // Called again.
        _board.Exchange(Of("one"));
        Assert.Empty(_board.Exchange(Of("two", later)));

        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Empty(_board.Exchange(Of("three")));
    }

    [Fact]
    public void A_silo_that_says_nothing_any_more_is_forgotten()
    {
        _board.Exchange(Of("one", Rest("a", seconds: 60)));
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Empty(_board.Exchange(Of("two")));
        Assert.Equal(["m"], _board.Describe().Select(target => target.Model));
    }

    [Fact]
    public void A_silo_whose_time_is_another_says_how_long_and_not_until_when()
    {
        var elsewhere = _time.GetUtcNow() + TimeSpan.FromDays(40);
        _board.Exchange(Of("one", new TargetRest("a", "m", elsewhere + TimeSpan.FromSeconds(20), UpstreamFailureKind.RateLimited).Told(elsewhere)));
        _time.Advance(TimeSpan.FromSeconds(5));

        var told = Assert.Single(_board.Exchange(Of("two")));
        Assert.Equal((TimeSpan.FromSeconds(15), _time.GetUtcNow() + TimeSpan.FromSeconds(15)), (told.Left, told.Until));
        Assert.Equal(elsewhere + TimeSpan.FromSeconds(15), told.Heard(elsewhere).Until);

        // A silo of the release before says until when, and nothing else.
        _board.Exchange(Of("one", new TargetRest("a", "m", _time.GetUtcNow() + TimeSpan.FromSeconds(30), UpstreamFailureKind.RateLimited)));
        Assert.Equal(TimeSpan.FromSeconds(30), Assert.Single(_board.Exchange(Of("two"))).Left);
    }

    [Fact]
    public void Reports_add_up_and_the_worst_circuit_is_told()
    {
        _board.Exchange(new SiloHealth("one", [Target("a", "closed", ok: 3, latency: 10), Target("b", "closed", ok: 1, latency: 10)]));
        _board.Exchange(new SiloHealth("two", [Target("a", "open", ok: 4, latency: 10)]));
        _board.Exchange(new SiloHealth("three", [Target("a", "halfOpen", ok: 0, latency: 20)]));
        var (a, b) = _board.Describe() switch { [var first, var second] => (first, second), _ => throw new InvalidOperationException() };
        Assert.Equal(("a", "open", 7, 3, 0.3m), (a.Provider, a.Circuit, a.Outcomes["ok"], a.InFlight, a.Spent.Usd));
        Assert.Equal((2, 1), (a.Latencies[10], a.Latencies[20]));
        Assert.Equal(("b", "closed", 1), (b.Provider, b.Circuit, b.Outcomes["ok"]));
    }

    private static SiloHealth Of(string silo, TargetRest? rest = null) => new(silo, [Target("a", "closed", ok: 0, latency: 0) with { Rest = rest }]);

    private TargetRest Rest(string provider, int seconds) => new TargetRest(provider, "m", _time.GetUtcNow() + TimeSpan.FromSeconds(seconds), UpstreamFailureKind.RateLimited).Told(_time.GetUtcNow());

    private static TargetReport Target(string provider, string circuit, long ok, int latency)
    {
        var latencies = new long[LatencyBuckets.Count];
        latencies[latency] = 1;
        return new TargetReport
        {
            Provider = provider,
            Model = "m",
            Circuit = circuit,
            InFlight = 1,
            Outcomes = ImmutableDictionary<string, long>.Empty.Add("ok", ok),
            Latencies = [.. latencies],
            Spent = Money.FromUsd(0.1m),
        };
    }
}
