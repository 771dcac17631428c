using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace OrleansGateway;

/// <summary>What kind of instrument a metric is.</summary>
public enum MetricKind
{
    /// <summary>Only grows.</summary>
    Counter,

    /// <summary>Goes up and down with what happens.</summary>
    UpDownCounter,

    /// <summary>Asked when it is read.</summary>
    Gauge,

    /// <summary>Values, counted in buckets.</summary>
    Histogram,
}

/// <summary>One metric of the gateway as everybody else sees it: instruments, the documentation, dashboards and alerts.</summary>
/// <param name="Kind">The kind of instrument.</param>
/// <param name="Name">Its name in OpenTelemetry; see <see cref="PrometheusName"/>.</param>
/// <param name="Unit">A UCUM unit; things that are counted stand in braces.</param>
/// <param name="Description">What it says.</param>
/// <param name="Labels">Every label that a value of it may have.</param>
public sealed record Metric(MetricKind Kind, string Name, string Unit, string Description, params ImmutableArray<string> Labels)
{
    /// <summary>The upper bounds of a histogram's buckets, in its unit.</summary>
    public ImmutableArray<double> Buckets { get; init; } = [];

    /// <summary>The name under which Prometheus reads it, without what a histogram's parts add.</summary>
    public string PrometheusName
    {
        get
        {
            var name = Name.Replace('.', '_');
            if (Unit == "s") name += "_seconds";
            else if (!Unit.StartsWith('{')) name += "_" + Unit;
            return Kind == MetricKind.Counter ? name + "_total" : name;
        }
    }

    /// <summary>Makes the instrument.</summary>
    public Counter<long> CounterOn(GatewayMeter meter) => meter.Meter.CreateCounter<long>(Name, Unit, Description);

    /// <summary>Makes the instrument, with what it reads: it is seen before anything has been counted.</summary>
    public void ReadCounterOn(GatewayMeter meter, Func<long> read) => meter.Meter.CreateObservableCounter(Name, read, Unit, Description);

    /// <inheritdoc cref="CounterOn"/>
    public UpDownCounter<long> UpDownCounterOn(GatewayMeter meter) => meter.Meter.CreateUpDownCounter<long>(Name, Unit, Description);

    /// <inheritdoc cref="CounterOn"/>
    public Histogram<double> HistogramOn(GatewayMeter meter) =>
        meter.Meter.CreateHistogram(Name, Unit, Description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Buckets });

    /// <inheritdoc cref="CounterOn"/>
    public Histogram<long> WholeHistogramOn(GatewayMeter meter) =>
        meter.Meter.CreateHistogram(Name, Unit, Description, tags: null, new InstrumentAdvice<long> { HistogramBucketBoundaries = [.. Buckets.Select(bound => (long)bound)] });

    /// <summary>Makes the instrument, with what it reads.</summary>
    public void GaugeOn(GatewayMeter meter, Func<long> read) => meter.Meter.CreateObservableGauge(Name, read, Unit, Description);

    /// <inheritdoc cref="GaugeOn(GatewayMeter, Func{long})"/>
    public void GaugeOn(GatewayMeter meter, Func<IEnumerable<Measurement<long>>> read) => meter.Meter.CreateObservableGauge(Name, read, Unit, Description);
}
