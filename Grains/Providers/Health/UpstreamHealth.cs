using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>How the upstreams fare, model by model: what this silo has seen, and what others leave alone.</summary>
internal sealed class UpstreamHealth(PoolTime time)
{
    /// <summary>How long a request waits for a target that is left alone because of its rate limit, when there is no other.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(string Provider, string Model), TargetHealth> _targets = new();
    private readonly ConcurrentDictionary<(string Provider, string Key), Resting> _refused = new();
    private volatile ImmutableDictionary<(string Provider, string Model), TimeSpan> _latencies = ImmutableDictionary<(string, string), TimeSpan>.Empty;
    private volatile ImmutableDictionary<Place, TargetRest> _elsewhere = ImmutableDictionary<Place, TargetRest>.Empty;

    /// <summary>Every model that was called, or asked about.</summary>
    public IEnumerable<TargetHealth> All => _targets.Values;

    public TargetHealth Of(string provider, string model) =>
        _targets.TryGetValue((provider, model), out var known)
            ? known
            : _targets.GetOrAdd((provider, model), static (key, time) => new TargetHealth(key.Provider, key.Model, time), time);

    /// <summary>Whether a model is left alone, here or at another silo, until when and why; null when it may be called.</summary>
    public TargetRest? RestOf(string provider, string model) =>
        Longer(_targets.TryGetValue((provider, model), out var target) ? target.Rest : null, Elsewhere(new(provider, model, null)));

    /// <summary>Whether one of a provider's keys is left alone, for this model or for all.</summary>
    public TargetRest? RestOf(string provider, string model, string key) => Longer(
        Longer(_targets.TryGetValue((provider, model), out var target) ? target.Lane(key).Rest.Now : null, Elsewhere(new(provider, model, key))),
        Longer(_refused.TryGetValue((provider, key), out var refused) ? refused.Now : null, Elsewhere(new(provider, null, key))));

    /// <summary>How long a model takes to begin an answer at present: as seen here, or else at other silos in the last minute. Null when nobody has called it.</summary>
    public TimeSpan? LatencyOf(string provider, string model) =>
        (_targets.TryGetValue((provider, model), out var target) ? target.Latency.Now : null) ?? (_latencies.TryGetValue((provider, model), out var told) ? told : null);

    /// <summary>Leaves one of a provider's keys alone: for this model when it is limited there, for all when it was refused.</summary>
    public void LeaveAlone(TargetRest rest)
    {
        var resting = rest.Kind == UpstreamFailureKind.Authentication
            ? _refused.GetOrAdd((rest.Provider, rest.Key!), static (_, time) => new Resting(time), time)
            : Of(rest.Provider, rest.Model).Lane(rest.Key!).Rest;
        resting.Begin(rest);
    }

    /// <summary>Of targets that are all left alone, the one whose time comes first; null when one of them may be called.</summary>
    public TargetRest? AllRest(IEnumerable<(string Provider, string Model)> targets)
    {
        TargetRest? first = null;
        foreach (var (provider, model) in targets)
        {
            if (RestOf(provider, model) is not { } rest) return null;
            if (first is null || rest.Until < first.Until) first = rest;
        }
        return first;
    }

    /// <summary>How long until then; nothing for one whose time has come.</summary>
    public TimeSpan Left(TargetRest rest) => rest.Until - time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>Whether its end is near enough to be waited for.</summary>
    public bool IsAwaited(TargetRest rest) => rest.Kind == UpstreamFailureKind.RateLimited && Left(rest) <= Patience;

    /// <summary>What other silos leave alone, in place of what they said before.</summary>
    public void Hear(ImmutableArray<TargetRest> elsewhere)
    {
        var heard = ImmutableDictionary.CreateBuilder<Place, TargetRest>();
        var now = time.GetUtcNow();
        foreach (var told in elsewhere)
        {
            var rest = told.Heard(now);
            var place = Place.Of(rest);
            if (!heard.TryGetValue(place, out var other) || other.Until < rest.Until) heard[place] = rest;
        }
        _elsewhere = heard.ToImmutable();
    }

    /// <summary>How fast upstreams were over all silos, in place of what was said before. One that fails counts as that much slower.</summary>
    public void HearLatencies(ImmutableArray<TargetReport> reports)
    {
        var heard = ImmutableDictionary.CreateBuilder<(string, string), TimeSpan>();
        foreach (var report in reports)
        {
            if (LatencyBuckets.Percentile(report.Latencies, 0.5) is not { } milliseconds) continue;
            var answered = report.Outcomes.GetValueOrDefault(OutcomeWords.Ok) / (double)Math.Max(report.Outcomes.Values.Sum(), 1);
            heard[(report.Provider, report.Model)] = TimeSpan.FromMilliseconds(milliseconds / Math.Max(answered, 0.01));
        }
        _latencies = heard.ToImmutable();
    }

    /// <summary>As it is told to other silos.</summary>
    public SiloHealth Report(string silo)
    {
        var now = time.GetUtcNow();
        return new(silo, [.. _targets.Select(target => Told(target.Key.Provider, target.Value))]);

        TargetReport Told(string provider, TargetHealth target) => target.Report() with { Rest = target.Rest?.Told(now), Lanes = LanesOf(provider, target, now) };
    }

    private ImmutableArray<LaneReport> LanesOf(string provider, TargetHealth target, DateTimeOffset now) =>
        [.. target.Lanes.Select(lane => new LaneReport(
            lane.Key,
            Longer(lane.Value.Rest.Now, _refused.TryGetValue((provider, lane.Key), out var refused) ? refused.Now : null)?.Told(now),
            lane.Value.InFlight,
            lane.Value.Fair?.Report()))];

    private TargetRest? Elsewhere(Place place) => _elsewhere.TryGetValue(place, out var there) && there.Until > time.GetUtcNow() ? there : null;

    private static TargetRest? Longer(TargetRest? one, TargetRest? other) => one is null || (other is not null && one.Until < other.Until) ? other : one;

    /// <summary>What rests: a target, a key at a target, or (without a model) a key at all that its provider serves.</summary>
    private readonly record struct Place(string Provider, string? Model, string? Key)
    {
        public static Place Of(TargetRest rest) => new(rest.Provider, rest.Kind == UpstreamFailureKind.Authentication ? null : rest.Model, rest.Key);
    }
}
