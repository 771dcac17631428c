using CsCheck;

namespace OrleansGateway.Tests.Properties;

/// <summary>
/// What tenants get of a limited lane, whatever comes when, beside a fluid that serves all who have asked at once, each by its weight: never more than one request of the largest
/// kind less, and never more than one of it more (Bennett and Zhang 1996, theorem 1).
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
    public void Nobody_is_more_than_one_request_behind_its_weighted_share_or_ahead_of_it()
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
        Assert.True(longWaits > 1_000, $"Only {longWaits} looks found a tenant that had been served through five requests' worth.");
        Assert.True(idle > 100, $"Only {idle} histories had a moment when nobody waited.");
    }

    private sealed class Run(int[] weights)
    {
        private readonly FairQueue _queue = new();
        private readonly Fluid _fluid = new(weights);
        private readonly double[] _got = new double[Tenants];
        private double _largest;

        /// <summary>Looks at a tenant that the fluid had served for long without a pause.</summary>
        public int LongWaits { get; private set; }

        public int BusyPeriods { get; private set; }

        public void Add(int tenant, int cost)
        {
            _queue.Add(new Waiter($"t{tenant}", weights[tenant], cost, 0));
            _fluid.Add(tenant, cost);
            _largest = Math.Max(_largest, cost);
        }

        public bool Take()
        {
            if (_queue.First() is not { } first) return false;
            _queue.Take(first);
            _got[first.Tenant[1] - '0'] += first.Cost;
            _fluid.Work(first.Cost);
            for (var i = 0; i < Tenants; i++)
            {
                var ahead = _got[i] - _fluid.Got[i];
                Assert.True(ahead >= -_largest - 1e-6, $"t{i} is {-ahead} behind, and the largest request is {_largest}.");
                Assert.True(ahead <= _largest + 1e-6, $"t{i} is {ahead} ahead, and the largest request is {_largest}.");
                if (_fluid.ServedOf(i) > 5 * _largest) LongWaits++;
            }
            if (_queue.Count > 0) return true;
            // Both have done all there was; the next busy period knows nothing of this one.
            Assert.All(_fluid.Left, left => Assert.Equal(0, left, 1e-6));
            BusyPeriods++;
            _largest = 0;
            return true;
        }
    }

    /// <summary>Serves all who have asked at once, each by its weight: what a queue of whole requests can only come near.</summary>
    private sealed class Fluid(int[] weights)
    {
        private readonly double[] _since = new double[Tenants];
        private double _all;

        public double[] Left { get; } = new double[Tenants];

        public double[] Got { get; } = new double[Tenants];

        /// <summary>The work that was done since the tenant last had nothing left; 0 while it has not.</summary>
        public double ServedOf(int tenant) => Left[tenant] > 0 ? _all - _since[tenant] : 0;

        public void Add(int tenant, double cost)
        {
            if (Left[tenant] <= 0) _since[tenant] = _all;
            Left[tenant] += cost;
        }

        public void Work(double work)
        {
            while (work > 1e-9)
            {
                var busy = Enumerable.Range(0, Tenants).Where(tenant => Left[tenant] > 0).ToList();
                if (busy.Count == 0) return;
                var sum = busy.Sum(tenant => weights[tenant]);
                // As far as the first who is done.
                var step = Math.Min(work, busy.Min(tenant => Left[tenant] * sum / weights[tenant]));
                foreach (var tenant in busy)
                {
                    var part = step * weights[tenant] / sum;
                    Got[tenant] += part;
                    Left[tenant] = Left[tenant] - part < 1e-9 ? 0 : Left[tenant] - part;
                }
                _all += step;
                work -= step;
            }
        }
    }
}
