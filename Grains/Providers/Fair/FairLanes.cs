using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Every lane of this silo, by provider, key and model, and this silo's shares of them.</summary>
internal sealed class FairLanes(TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<(string Provider, string Key, string Model), Lazy<FairLane>> _lanes = new();
    private volatile ImmutableDictionary<(string Provider, string Key, string Model), double> _shares = ImmutableDictionary<(string, string, string), double>.Empty;

    public FairLane Of(string provider, string key, string model, ProviderOptions options) =>
        _lanes.TryGetValue((provider, key, model), out var known) ? known.Value : _lanes.GetOrAdd((provider, key, model), Create, (this, options)).Value;

    /// <summary>This silo's part of each lane, in place of what was said before; lanes that nobody speaks of are all its own.</summary>
    public void Hear(ImmutableArray<LaneShare> shares)
    {
        _shares = shares.ToImmutableDictionary(share => (share.Provider, share.Key, share.Model), share => share.Share);
        foreach (var (name, lane) in _lanes) lane.Value.SetShare(_shares.GetValueOrDefault(name, 1));
    }

    public void Dispose()
    {
        foreach (var lane in _lanes.Values) lane.Value.Dispose();
    }

    private static Lazy<FairLane> Create((string Provider, string Key, string Model) name, (FairLanes Lanes, ProviderOptions Options) from) =>
        new(() => new FairLane(LaneOptions.Of(from.Options, name.Model), from.Lanes._shares.GetValueOrDefault(name, 1), from.Lanes.Time));

    private TimeProvider Time => time;
}
