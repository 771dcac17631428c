using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// Latencies counted in buckets, each a fifth wider than the one before, from a millisecond to a quarter of an hour: counts of several silos add up, and a
/// percentile is right to a tenth.
/// </summary>
public static class LatencyBuckets
{
    // 1.189 is the fourth root of two: 80 steps are 20 doublings of a millisecond.
    private const double StepsPerDoubling = 4;

    /// <summary>How many there are.</summary>
    public const int Count = 80;

    /// <summary>The bucket of a latency.</summary>
    public static int Of(TimeSpan latency) =>
        latency.TotalMilliseconds <= 1 ? 0 : Math.Min((int)(Math.Log2(latency.TotalMilliseconds) * StepsPerDoubling) + 1, Count - 1);

    /// <summary>The latency that so much of the calls did not exceed (<paramref name="share"/> from 0 to 1), in milliseconds: the middle of its bucket. Null of no calls.</summary>
    public static double? Percentile(ImmutableArray<long> counts, double share)
    {
        var calls = counts.Sum();
        if (calls == 0) return null;
        var left = Math.Max((long)Math.Ceiling(calls * share), 1);
        var bucket = 0;
        while ((left -= counts[bucket]) > 0) bucket++;
        return bucket == 0 ? 1 : Math.Pow(2, (bucket - 0.5) / StepsPerDoubling);
    }
}
