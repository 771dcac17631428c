using System.Collections.Immutable;

namespace OrleansGateway.Tests.Unit.Providers.Fair;

public sealed class LaneSharesTests
{
    [Fact]
    public void What_nobody_asks_for_goes_to_all_alike() => Assert.Equal([0.5, 0.5], Rounded((0, 0), (0, 0)));

    [Fact]
    public void One_silo_has_it_all() => Assert.Equal([1.0], Rounded((50, 3)));

    [Fact]
    public void Whoever_asks_for_little_gets_it_and_what_is_left_goes_where_it_is_asked_for() =>
        // 0.02 and a tenth more is less than a fair part, the second gets the rest of nine tenths; the last tenth is everybody's.
        Assert.Equal([0.072, 0.928], Rounded((0.02, 1), (50, 1)));

    [Fact]
    public void Where_all_want_more_than_there_is_weights_decide_and_not_how_much_more() =>
        Assert.Equal([0.275, 0.725], Rounded((2, 1), (50, 3)));

    [Fact]
    public void A_silo_that_asks_for_nothing_yet_can_begin()
    {
        var parts = Rounded((9, 1), (9, 1), (0, 0), (0, 0));
        Assert.Equal([0.475, 0.475, 0.025, 0.025], parts);
    }

    [Fact]
    public void Parts_always_make_one()
    {
        var random = new Random(5);
        for (var i = 0; i < 1_000; i++)
        {
            var silos = Enumerable.Range(0, random.Next(1, 9)).Select(_ => (random.NextDouble() * random.Next(0, 4), random.Next(0, 9))).ToList();
            var parts = LaneShares.Split(silos);
            Assert.Equal(1, parts.Sum(), 1e-9);
            Assert.All(parts, part => Assert.True(part > 0));
        }
    }

    [Fact]
    public void A_silo_hears_of_lanes_that_only_others_have_used_and_a_silent_one_has_no_part()
    {
        var one = new SiloHealth("one", [Target(Lane("k", demand: 5))]);
        var two = new SiloHealth("two", [Target()]);
        Assert.Equal(new LaneShare("a", "k", "m", 0.05), Assert.Single(LaneShares.Of("two", [one, two])));
        Assert.Equal(0.95, Assert.Single(LaneShares.Of("one", [one, two])).Share, 1e-9);
        Assert.Empty(LaneShares.Of("three", [one, two]));
        // Where nothing is limited, and of a release that knows no lanes.
        Assert.Empty(LaneShares.Of("two", [two, new SiloHealth("free", [Target(new LaneReport("k", null, 3))])]));
        Assert.Empty(LaneShares.Of("two", [two, new SiloHealth("old", [Target() with { Lanes = default }])]));
    }

    [Fact]
    public void Two_silos_queues_are_told_as_one()
    {
        var sum = LaneShares.Add(Lane("k", demand: 1).Queue!, Lane("k", demand: 2).Queue!);
        Assert.Equal((4, 6L, 3.0, 2), (sum.Waiting, sum.Shed, sum.Demand, sum.Weight));
        Assert.Equal(new LaneLimitReport(QuotaKind.RequestsPerMinute, LimitSource.Learned, 60, 10), Assert.Single(sum.Limits));
    }

    private static IEnumerable<double> Rounded(params (double Demand, int Weight)[] silos) => LaneShares.Split(silos).Select(part => Math.Round(part, 6));

    private static LaneReport Lane(string key, double demand) =>
        new(key, null, 0, new QueueReport(2, 3, demand, 1, [new(QuotaKind.RequestsPerMinute, LimitSource.Learned, 60, 5)]));

    private static TargetReport Target(params LaneReport[] lanes) => new()
    {
        Provider = "a",
        Model = "m",
        Circuit = "closed",
        Outcomes = ImmutableDictionary<string, long>.Empty,
        Latencies = [],
        Lanes = [.. lanes],
    };
}
