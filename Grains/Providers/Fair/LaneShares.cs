using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// Splits a lane's limits between silos: nine tenths go where they are asked for, by weighted max-min fairness (a silo weighs what its tenants weigh together, and none
/// gets more than it asks for while another lacks), what nobody asks for and the last tenth go to all alike, so that a silo with its first request need not wait to be known.
/// </summary>
internal static class LaneShares
{
    private const double ToAllAlike = 0.1;

    // What is asked for goes up and down by itself.
    private const double Headroom = 1.1;

    /// <summary>The parts of silos that ask for so much of the limit and weigh so much; they make 1.</summary>
    public static ImmutableArray<double> Split(IReadOnlyList<(double Demand, int Weight)> silos)
    {
        var asked = new double[silos.Count];
        var open = Enumerable.Range(0, silos.Count).Where(i => silos[i].Demand > 0).ToList();
        var left = 1 - ToAllAlike;
        // Whoever asks for less than its part gets what it asks for; what it leaves raises the others' parts.
        while (open.Count > 0)
        {
            var each = left / open.Sum(WeightOf);
            var sated = open.Where(i => AskedBy(i) <= each * WeightOf(i)).ToList();
            if (sated.Count == 0)
            {
                foreach (var i in open) asked[i] = each * WeightOf(i);
                left = 0;
                break;
            }
            foreach (var i in sated) left -= asked[i] = AskedBy(i);
            open.RemoveAll(sated.Contains);
        }
        return [.. asked.Select(part => part + ((left + ToAllAlike) / silos.Count))];

        double AskedBy(int silo) => silos[silo].Demand * Headroom;

        int WeightOf(int silo) => Math.Max(1, silos[silo].Weight);
    }

    /// <summary>One silo's parts of every lane that any silo speaks of.</summary>
    public static ImmutableArray<LaneShare> Of(string silo, IReadOnlyCollection<SiloHealth> reports)
    {
        var lanes = reports
            .SelectMany(report => report.Targets.SelectMany(target => Limited(target).Select(lane => (Name: (target.Provider, lane.Key, target.Model), report.Silo, lane.Queue))))
            .ToLookup(lane => lane.Name);
        string[] silos = [.. reports.Select(report => report.Silo)];
        var own = Array.IndexOf(silos, silo);
        if (own < 0) return [];
        return [.. lanes.Select(lane =>
        {
            var bySilo = lane.ToDictionary(l => l.Silo, l => l.Queue);
            var parts = Split([.. silos.Select(name => bySilo.TryGetValue(name, out var report) ? (report.Demand, report.Weight) : (0, 0))]);
            return new LaneShare(lane.Key.Provider, lane.Key.Key, lane.Key.Model, parts[own]);
        })];
    }

    /// <summary>Two silos' queues as one.</summary>
    public static QueueReport Add(QueueReport one, QueueReport other) => new(
        one.Waiting + other.Waiting, one.Shed + other.Shed, one.Demand + other.Demand, one.Weight + other.Weight,
        [.. one.Limits.Concat(other.Limits).GroupBy(limit => (limit.Kind, limit.Source)).Select(same => same.Last() with { Remaining = same.Sum(limit => limit.Remaining) })]);

    // Silos of the release before know no lanes, and where nothing is limited there is nothing to split.
    private static IEnumerable<(string Key, QueueReport Queue)> Limited(TargetReport target) =>
        target.Lanes.IsDefault ? [] : target.Lanes.Where(lane => lane.Queue is not null).Select(lane => (lane.Key, lane.Queue!));
}
