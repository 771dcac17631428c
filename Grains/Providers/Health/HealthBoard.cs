using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>The silos' reports, as long as they are fresh.</summary>
internal sealed class HealthBoard(PoolTime time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (SiloHealth Report, DateTimeOffset At)> _reports = new(StringComparer.Ordinal);

    /// <summary>Takes one silo's report; gives what others leave alone, of each target the longest.</summary>
    public ImmutableArray<TargetRest> Exchange(SiloHealth report)
    {
        var now = time.GetUtcNow();
        _reports[report.Silo] = (Heard(report, now), now);
        Forget(now);
        return [.. Others().GroupBy(rest => (rest.Provider, rest.Model, rest.Key)).Select(rests => rests.MaxBy(rest => rest.Until)!.Told(now))];

        IEnumerable<TargetRest> Others() => _reports.Values
            .Where(other => other.Report.Silo != report.Silo)
            .SelectMany(other => other.Report.Targets)
            .SelectMany(target => LanesOf(target).Select(lane => lane.Rest).Append(target.Rest))
            .OfType<TargetRest>()
            .Where(rest => rest.Until > now);
    }

    /// <summary>One silo's parts of what upstreams limit.</summary>
    public ImmutableArray<LaneShare> Shares(string silo)
    {
        Forget(time.GetUtcNow());
        return LaneShares.Of(silo, [.. _reports.Values.Select(report => report.Report)]);
    }

    /// <summary>All silos' reports as one.</summary>
    public ImmutableArray<TargetReport> Describe()
    {
        Forget(time.GetUtcNow());
        return [.. _reports.Values.SelectMany(report => report.Report.Targets).GroupBy(target => (target.Provider, target.Model)).Select(reports => reports.Aggregate(Add))
            .OrderBy(target => target.Provider, StringComparer.Ordinal).ThenBy(target => target.Model, StringComparer.Ordinal)];
    }

    private static SiloHealth Heard(SiloHealth report, DateTimeOffset now) => report with
    {
        Targets = [.. report.Targets.Select(target => target with
        {
            Rest = target.Rest?.Heard(now),
            Lanes = [.. LanesOf(target).Select(lane => lane with { Rest = lane.Rest?.Heard(now) })],
        })],
    };

    private void Forget(DateTimeOffset now)
    {
        foreach (var (silo, report) in _reports)
            if (now - report.At > Fresh) _reports.Remove(silo);
    }

    // A circuit is told as the worst of any silo.
    private static TargetReport Add(TargetReport one, TargetReport other) => one with
    {
        Circuit = one.Circuit == "open" || other.Circuit == "closed" ? one.Circuit : other.Circuit == "open" || one.Circuit == "closed" ? other.Circuit : one.Circuit,
        Rest = other.Rest is { } rest && !(one.Rest?.Until >= rest.Until) ? rest : one.Rest,
        InFlight = one.InFlight + other.InFlight,
        Outcomes = other.Outcomes.Aggregate(one.Outcomes, (sum, outcome) => sum.SetItem(outcome.Key, sum.GetValueOrDefault(outcome.Key) + outcome.Value)),
        Latencies = [.. one.Latencies.Zip(other.Latencies, (a, b) => a + b)],
        Spent = one.Spent + other.Spent,
        RetriesLeft = one.RetriesLeft + other.RetriesLeft,
        Lanes = [.. LanesOf(one).Concat(LanesOf(other)).GroupBy(lane => lane.Key).Select(lanes => lanes.Aggregate(Add)).OrderBy(lane => lane.Key, StringComparer.Ordinal)],
    };

    private static LaneReport Add(LaneReport one, LaneReport other) => new(
        one.Key,
        other.Rest is { } rest && !(one.Rest?.Until >= rest.Until) ? rest : one.Rest,
        one.InFlight + other.InFlight,
        one.Queue is { } queue && other.Queue is { } more ? LaneShares.Add(queue, more) : one.Queue ?? other.Queue);

    // The release before tells of none.
    private static ImmutableArray<LaneReport> LanesOf(TargetReport target) => target.Lanes.IsDefault ? [] : target.Lanes;
}
