using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.Unit.Providers.Fair;

/// <summary>Three silos that share one upstream's limit by telling one another every second what is asked of them.</summary>
public sealed class SharedLimitTests
{
    private const int PerMinute = 600;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_flood_at_one_silo_does_not_take_what_a_tenant_at_another_needs_and_the_limit_holds_for_all_together()
    {
        var silos = Enumerable.Range(0, 3).Select(i => new Silo($"silo-{i}", _time)).ToList();
        var board = new HealthBoard(new PoolTime(_time));
        for (var tick = 0; tick < 30_000; tick++)
        {
            silos[0].Ask("flood");
            if (tick % 100 == 0) silos[1].Ask("modest"); // 2.5 a second, of ten
            if (tick % 250 == 0)
                foreach (var silo in silos) silo.Exchange(board);
            // What happened before the silos knew of one another is not what is measured.
            if (tick == 2_500)
                foreach (var silo in silos) silo.Forget();
            _time.Advance(Step);
        }

        Assert.Equal(0, silos[1].Shed);
        Assert.InRange(silos[1].Let, 270, 280);
        Assert.True(silos[1].Longest < TimeSpan.FromSeconds(1), $"It waited {silos[1].Longest}.");
        // 110 s: no more than the limit, and hardly less of it than what is kept free for silos that ask for little.
        Assert.InRange(silos.Sum(silo => silo.Let), 975, 1_100 + 60);
        foreach (var silo in silos) silo.Dispose();
    }

    [Fact]
    public void The_part_of_a_silo_that_is_gone_goes_to_the_others()
    {
        var board = new HealthBoard(new PoolTime(_time));
        var (stays, goes) = (new Silo("stays", _time), new Silo("goes", _time));
        for (var tick = 0; tick < 20_000; tick++)
        {
            stays.Ask("a");
            if (tick < 5_000) goes.Ask("b");
            if (tick % 250 == 0)
            {
                stays.Exchange(board);
                if (tick < 5_000) goes.Exchange(board);
            }
            if (tick == 10_000) stays.Forget();
            _time.Advance(Step);
        }
        Assert.InRange(stays.Let, 395, 405);
        stays.Dispose();
        goes.Dispose();
    }

    private sealed class Silo(string name, FakeTimeProvider time) : IDisposable
    {
        private readonly FairLane _lane = new(new LaneOptions(new LaneLimits { RequestsPerMinute = PerMinute }, Patience, 1_000, Learns: true), share: 1, time);

        public int Let { get; private set; }

        public int Shed { get; private set; }

        public TimeSpan Longest { get; private set; }

        public void Ask(string tenant) => _ = AskAsync(tenant);

        public void Exchange(HealthBoard board)
        {
            board.Exchange(new SiloHealth(name, [new TargetReport
            {
                Provider = "a",
                Model = "m",
                Circuit = "closed",
                Outcomes = ImmutableDictionary<string, long>.Empty,
                Latencies = [],
                Lanes = [new LaneReport("k", null, 0, _lane.Report())],
            }]));
            if (board.Shares(name) is [var part]) _lane.SetShare(part.Share);
        }

        public void Forget() => (Let, Shed, Longest) = (0, 0, TimeSpan.Zero);

        public void Dispose() => _lane.Dispose();

        private async Task AskAsync(string tenant)
        {
            var came = time.GetTimestamp();
            var answer = await _lane.EnterAsync(tenant, 1, 10, Patience);
            if (answer.MayGo) Let++;
            else Shed++;
            if (answer.MayGo && time.GetElapsedTime(came) is var waited && waited > Longest) Longest = waited;
        }
    }
}
