using CsCheck;

namespace OrleansGateway.Tests.Unit.Providers.Health;

public sealed class LatencyBucketsTests
{
    [Fact]
    public void A_percentile_is_right_to_a_tenth() => Gen.Double[1.2, 600_000].List[1, 200].Select(Gen.Double[0.01, 1]).Sample((latencies, share) =>
    {
        var counts = new long[LatencyBuckets.Count];
        foreach (var ms in latencies) counts[LatencyBuckets.Of(TimeSpan.FromMilliseconds(ms))]++;
        var right = latencies.Order().ElementAt(Math.Max((int)Math.Ceiling(latencies.Count * share), 1) - 1);
        var told = LatencyBuckets.Percentile([.. counts], share)!.Value;
        Assert.InRange(told / right, 0.91, 1.1);
    });

    [Fact]
    public void Extremes_have_their_bucket_and_no_calls_have_no_percentile()
    {
        Assert.Equal(0, LatencyBuckets.Of(TimeSpan.Zero));
        Assert.Equal(LatencyBuckets.Count - 1, LatencyBuckets.Of(TimeSpan.FromDays(1)));
        Assert.Null(LatencyBuckets.Percentile([.. new long[LatencyBuckets.Count]], 0.5));
        var one = new long[LatencyBuckets.Count];
        one[0] = 1;
        Assert.Equal(1, LatencyBuckets.Percentile([.. one], 1));
    }
}
