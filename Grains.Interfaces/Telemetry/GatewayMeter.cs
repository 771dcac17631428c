using System.Diagnostics.Metrics;

namespace OrleansGateway;

/// <summary>The meter that a host's instruments are made on; another host in the same process has its own of that name.</summary>
public sealed class GatewayMeter : IDisposable
{
    /// <summary>The meter itself.</summary>
    public Meter Meter { get; } = new(Metrics.MeterName);

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();
}
