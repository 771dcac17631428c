using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrleansGateway;

/// <summary>Measures callers' requests.</summary>
internal sealed class RequestInstruments
{
    // A number among labels would be boxed for each request.
    private static readonly object[] Statuses = [.. Enumerable.Range(0, 600).Select(static status => (object)status)];

    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _active;

    public RequestInstruments(GatewayMeter meter, HoldReleases releases)
    {
        _duration = Metrics.RequestDuration.HistogramOn(meter);
        _active = Metrics.RequestsActive.UpDownCounterOn(meter);
        Metrics.ReleasesWaiting.GaugeOn(meter, () => releases.Waiting);
    }

    public void OnBegun() => _active.Add(1);

    public void OnEnded(Exchange exchange, TimeSpan took)
    {
        _active.Add(-1);
        _duration.Record(took.TotalSeconds, new TagList
        {
            { MetricLabels.Route, exchange.Route },
            { MetricLabels.Status, Statuses[Math.Clamp(exchange.StatusTold, 0, Statuses.Length - 1)] },
            { MetricLabels.Outcome, exchange.OutcomeWord },
        });
    }
}
