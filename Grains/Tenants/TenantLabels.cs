using System.Collections.Concurrent;

namespace OrleansGateway;

/// <summary>
/// Which tenants have a label of their own in metrics: the first that this process serves, up to a number. Each costs the reader of metrics a few time series for ever, so
/// their number must not be anybody else's choice.
/// </summary>
internal sealed class TenantLabels(TelemetryOptions options)
{
    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);
    private int _left = options.MaxTenants;

    /// <summary>A tenant's label; the same for as long as the process lives.</summary>
    public string Of(string tenantId)
    {
        if (_known.TryGetValue(tenantId, out var known)) return known;
        if (Volatile.Read(ref _left) <= 0 || Interlocked.Decrement(ref _left) < 0) return MetricLabels.OtherTenants;
        if (!_known.TryAdd(tenantId, tenantId)) Interlocked.Increment(ref _left);
        return tenantId;
    }
}
