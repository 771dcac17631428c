using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>How the upstreams fare, model by model: what this silo has seen, and what others leave alone.</summary>
internal sealed class UpstreamHealth(TimeProvider time)
{
    /// <summary>How long a request waits for a target that is left alone because of its rate limit, when there is no other.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(string Provider, string Model), TargetHealth> _targets = new();
    private volatile ImmutableDictionary<(string Provider, string Model), TargetRest> _elsewhere = ImmutableDictionary<(string, string), TargetRest>.Empty;

    public TargetHealth Of(string provider, string model) =>
        _targets.TryGetValue((provider, model), out var known) ? known : _targets.GetOrAdd((provider, model), static (key, time) => new TargetHealth(key.Provider, key.Model, time), time);

    /// <summary>Whether a model is left alone, here or at another silo, until when and why; null when it may be called.</summary>
    public TargetRest? RestOf(string provider, string model)
    {
        var here = _targets.TryGetValue((provider, model), out var target) ? target.Rest : null;
        return _elsewhere.TryGetValue((provider, model), out var there) && there.Until > time.GetUtcNow() && (here is null || here.Until < there.Until) ? there : here;
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
        var heard = ImmutableDictionary.CreateBuilder<(string, string), TargetRest>();
        foreach (var rest in elsewhere) heard[(rest.Provider, rest.Model)] = rest;
        _elsewhere = heard.ToImmutable();
    }

    /// <summary>What this silo tells the others.</summary>
    public SiloHealth Report(string silo, FairLanes lanes) => new(silo, [.. _targets.Values.Select(target => target.Report()).Select(target => target with { Lanes = lanes.Report(target.Provider, target.Model) })]);
}
