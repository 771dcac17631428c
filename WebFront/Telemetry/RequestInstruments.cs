using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrleansGateway;

/// <summary>Measures callers' requests.</summary>
internal sealed class RequestInstruments
{
    // A number among labels would be boxed for each request.
    private static readonly object[] Statuses = [.. Enumerable.Range(0, 600).Select(static status => (object)status)];

    private readonly Histogram<double> _duration;
    private long _active;

    public RequestInstruments(GatewayMeter meter)
    {
        _duration = Metrics.RequestDuration.HistogramOn(meter);
        Metrics.RequestsActive.GaugeOn(meter, () => Interlocked.Read(ref _active));
    }

    public void OnBegun() => Interlocked.Increment(ref _active);

    public void OnEnded(Exchange exchange, TimeSpan took)
    {
        Interlocked.Decrement(ref _active);
        _duration.Record(took.TotalSeconds, new TagList
        {
            { MetricLabels.Route, exchange.Route },
            { MetricLabels.Status, Statuses[Math.Clamp(exchange.StatusTold, 0, Statuses.Length - 1)] },
            { MetricLabels.Outcome, exchange.OutcomeWord },
        });
    }
}
