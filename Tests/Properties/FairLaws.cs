using CsCheck;

namespace OrleansGateway.Tests.Properties;

/// <summary>
/// What tenants get of a limited lane, whatever comes when: from the moment when a tenant's first request of a busy period waits, and for as long as it has one that waits, it gets
/// its weighted share of all that is let through, less one request of the largest kind; in any stretch within that, less two.
/// </summary>
public sealed class FairLaws
{
    private const int Tenants = 5;

    private sealed record Step(int Tenant, int Cost, int Takes);

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Frequency((3, Gen.Const(0)), (4, Gen.Int[0, Tenants - 1])), // one asks more often
        Gen.Frequency((5, Gen.Int[1, 10]), (1, Gen.Int[50, 100])),
        Gen.Frequency((6, Gen.Const(0)), (4, Gen.Int[1, 2]), (1, Gen.Int[3, 30])),
        (tenant, cost, takes) => new Step(tenant, cost, takes));

    [Fact]
    public void Whoever_waits_gets_its_weighted_share_less_one_request()
    {
        int longWaits = 0, idle = 0;
        Gen.Select(Steps.Array[1, 200], Gen.Int[1, 10].Array[Tenants]).Sample((steps, weights) =>
        {
            var run = new Run(weights);
            foreach (var step in steps)
            {
                run.Add(step.Tenant, step.Cost);
                for (var i = 0; i < step.Takes; i++) run.Take();
            }
            while (run.Take()) { }
            Interlocked.Add(ref longWaits, run.LongWaits);
            Interlocked.Add(ref idle, run.BusyPeriods > 1 ? 1 : 0);
            return true;
        }, iter: 3_000);
        Assert.True(longWaits > 1_000, $"Only {longWaits} looks found a tenant that had waited through five requests' worth.");
        Assert.True(idle > 100, $"Only {idle} histories had a moment when nobody waited.");
    }

    private sealed class Run(int[] weights)
    {
        private readonly FairQueue _queue = new();
        private readonly double[] _got = new double[Tenants];
        private readonly double[] _best = new double[Tenants];
        private readonly (double All, double Own)?[] _since = new (double, double)?[Tenants];
        private readonly bool[] _firstStretch = new bool[Tenants];
        private readonly bool[] _seen = new bool[Tenants];
        private readonly int[] _waiting = new int[Tenants];
        private double _all;
        private double _largest;

        public int LongWaits { get; private set; }

        public int BusyPeriods { get; private set; }

        public void Add(int tenant, int cost)
        {
            _queue.Add(new Waiter($"t{tenant}", weights[tenant], cost, 0));
            _largest = Math.Max(_largest, cost);
            if (_waiting[tenant]++ > 0) return;
            _since[tenant] = (_all, _got[tenant]);
            _best[tenant] = 0;
            _firstStretch[tenant] = !_seen[tenant];
            _seen[tenant] = true;
        }

        public bool Take()
        {
            if (_queue.First() is not { } first) return false;
            var tenant = first.Tenant[1] - '0';
            _queue.Take(first);
            _all += first.Cost;
            _got[tenant] += first.Cost;
            Look();
            if (--_waiting[tenant] == 0) _since[tenant] = null;
            if (_queue.Count > 0) return true;
            // The next busy period knows nothing of this one.
            BusyPeriods++;
            _largest = 0;
            Array.Clear(_seen);
            return true;
        }

        private void Look()
        {
            for (var i = 0; i < Tenants; i++)
            {
                if (_since[i] is not { } since) continue;
                var ahead = _got[i] - since.Own - ((_all - since.All) * weights[i] / (double)weights.Sum());
                if (_firstStretch[i]) Assert.True(ahead >= -_largest - 1e-6, $"t{i} is {-ahead} behind its share, and the largest request is {_largest}.");
                Assert.True(ahead - _best[i] >= (-2 * _largest) - 1e-6, $"t{i} lost {_best[i] - ahead} in a stretch, and the largest request is {_largest}.");
                _best[i] = Math.Max(_best[i], ahead);
                if (_all - since.All > 5 * _largest) LongWaits++;
            }
        }
    }
}
