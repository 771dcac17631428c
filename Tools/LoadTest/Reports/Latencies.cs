using HdrHistogram;

namespace OrleansGateway.LoadTest;

/// <summary>A distribution of times from a microsecond to an hour, to three digits. Any thread may add to it.</summary>
internal sealed class Latencies
{
    private const int Digits = 3;
    private const long MicrosecondsPerHour = 3_600_000_000;

    private readonly Lock _lock = new();
    private readonly LongHistogram _histogram = new(MicrosecondsPerHour, Digits);

    /// <summary>How many were added.</summary>
    public long Count
    {
        get
        {
            lock (_lock) return _histogram.TotalCount;
        }
    }

    /// <summary>Adds one; what is longer than an hour counts as an hour.</summary>
    public void Add(TimeSpan time)
    {
        lock (_lock) _histogram.RecordValue(Math.Clamp((long)time.TotalMicroseconds, 0, MicrosecondsPerHour));
    }

    /// <summary>The percentiles that reports show; null when nothing was added.</summary>
    public Percentiles? Read()
    {
        lock (_lock)
        {
            return _histogram.TotalCount == 0 ? null : new Percentiles(At(50), At(90), At(99), At(99.9), At(100));
        }
    }

    private double At(double percentile) => _histogram.GetValueAtPercentile(percentile) / 1_000d;
}

/// <summary>Percentiles of a distribution, in milliseconds.</summary>
internal sealed record Percentiles(double P50, double P90, double P99, double P999, double Max);
