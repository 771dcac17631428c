using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrleansGateway;

/// <summary>Measures waits for a turn at limited upstreams.</summary>
internal sealed class QueueInstruments(GatewayMeter meter)
{
    private readonly Histogram<double> _wait = Metrics.QueueWait.HistogramOn(meter);

    /// <summary>A wait has ended.</summary>
    public void OnWaited(KeyLane lane, bool served, bool gone, TimeSpan waited) => _wait.Record(
        waited.TotalSeconds,
        new TagList { { MetricLabels.Provider, lane.Provider }, { MetricLabels.Model, lane.Model }, { MetricLabels.Outcome, gone ? "client_gone" : served ? "served" : "shed" } });
}
