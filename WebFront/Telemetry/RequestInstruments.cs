using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrleansGateway;

/// <summary>Measures callers' requests.</summary>
internal sealed class RequestInstruments
{
    // A number among labels would be boxed for each request.
    private static readonly object[] Statuses = [.. Enumerable.Range(0, 600).Select(static status => (object)status)];

    private readonly Histogram<double> _duration;

    public RequestInstruments(GatewayMeter meter, Capacity capacity)
    {
        _duration = Metrics.RequestDuration.HistogramOn(meter);
        Metrics.RequestsActive.GaugeOn(meter, () => capacity.UnderWay);
    }

    public void OnEnded(Exchange exchange, TimeSpan took) => _duration.Record(took.TotalSeconds, new TagList
    {
        { MetricLabels.Route, exchange.Route },
        { MetricLabels.Status, Statuses[Math.Clamp(exchange.StatusTold, 0, Statuses.Length - 1)] },
        { MetricLabels.Outcome, exchange.OutcomeWord },
    });
}
