using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrleansGateway;

/// <summary>Measures appends to books, and shows them in traces.</summary>
internal sealed class BookInstruments
{
    /// <summary>How an append ended: it is in the book.</summary>
    public const string Appended = "appended";

    /// <summary>The store did not say; it is asked again.</summary>
    public const string Unconfirmed = "unconfirmed";

    /// <summary>Another activation has written.</summary>
    public const string Stale = "stale";

    /// <summary>The store has fewer entries than were written.</summary>
    public const string Lost = "lost";

    private readonly Histogram<double> _duration;
    private readonly Histogram<long> _entries;
    private long _losses;

    public BookInstruments(GatewayMeter meter)
    {
        _duration = Metrics.AppendDuration.HistogramOn(meter);
        _entries = Metrics.AppendEntries.WholeHistogramOn(meter);
        // The first must be seen to come.
        Metrics.BookLosses.ReadCounterOn(meter, () => Interlocked.Read(ref _losses));
    }

    /// <summary>A store answered an append, or did not.</summary>
    public void OnAppend(string outcome, int entries, TimeSpan took)
    {
        _duration.Record(took.TotalSeconds, new TagList { { MetricLabels.Outcome, outcome } });
        if (outcome == Appended) _entries.Record(entries);
        if (outcome == Lost) Interlocked.Increment(ref _losses);
    }
}
