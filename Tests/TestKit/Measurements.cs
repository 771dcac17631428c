using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace OrleansGateway.Tests.TestKit;

/// <summary>
/// What was recorded on one meter, summed by name and labels: <c>name{label=value,…}</c>, the labels in order. Of histograms also <c>name#{…}</c>, how many values
/// there were.
/// </summary>
internal sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _sums = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HashSet<string>> _labels = new(StringComparer.Ordinal);

    public Measurements(GatewayMeter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Other tests have instruments of the same names.
            if (instrument.Meter == meter.Meter) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Sums above zero, or below.</summary>
    public IReadOnlyDictionary<string, double> All => _sums;

    /// <summary>Every label that values of a metric had.</summary>
    public IReadOnlyDictionary<string, HashSet<string>> Labels => _labels;

    public double Of(string series) => _sums.GetValueOrDefault(series);

    /// <summary>Reads the gauges: each stands for what it says now.</summary>
    public void Observe() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new List<string>();
        var seen = _labels.GetOrAdd(instrument.Name, static _ => []);
        foreach (var tag in tags)
        {
            labels.Add($"{tag.Key}={tag.Value}");
            lock (seen) seen.Add(tag.Key);
        }
        labels.Sort(StringComparer.Ordinal);
        var series = labels.Count == 0 ? "" : $"{{{string.Join(',', labels)}}}";
        if (instrument.IsObservable)
        {
            _sums[instrument.Name + series] = value;
            return;
        }
        _sums.AddOrUpdate(instrument.Name + series, value, (_, sum) => sum + value);
        if (instrument is Histogram<long> or Histogram<double>) _sums.AddOrUpdate($"{instrument.Name}#{series}", 1, (_, count) => count + 1);
    }
}
