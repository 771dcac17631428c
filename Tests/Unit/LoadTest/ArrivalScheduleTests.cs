using OrleansGateway.LoadTest;

namespace OrleansGateway.Tests.Unit.LoadTest;

public sealed class ArrivalScheduleTests
{
    [Fact]
    public void Even_arrivals_are_a_step_apart_however_many_there_were()
    {
        var schedule = new ArrivalSchedule(3, ArrivalKind.Even, new Random(1));

        var times = Enumerable.Range(0, 300_001).Select(_ => schedule.Next()).ToList();

        Assert.Equal(TimeSpan.Zero, times[0]);
        Assert.Equal(TimeSpan.FromSeconds(1), times[3]);
        Assert.Equal(TimeSpan.FromSeconds(100_000), times[^1]);
    }

    [Fact]
    public void Independent_arrivals_have_the_rate_asked_for_and_gaps_as_different_as_they_are_long()
    {
        var schedule = new ArrivalSchedule(200, ArrivalKind.Poisson, new Random(1));

        var times = Enumerable.Range(0, 100_000).Select(_ => schedule.Next()).ToList();
        var gaps = times.Zip(times.Skip(1), (one, next) => (next - one).TotalSeconds).ToList();

        Assert.True(gaps.TrueForAll(gap => gap >= 0));
        var mean = gaps.Average();
        Assert.Equal(1 / 200d, mean, 0.0001);
        // Of an exponential distribution the deviation is the mean, and 63 % are below it.
        Assert.Equal(1 / 200d, Math.Sqrt(gaps.Average(gap => Math.Pow(gap - mean, 2))), 0.0002);
        Assert.Equal(1 - (1 / Math.E), gaps.Count(gap => gap < 1 / 200d) / (double)gaps.Count, 0.01);
    }

    [Fact]
    public void One_seed_gives_one_schedule()
    {
        var (one, other, another) = (Times(1), Times(1), Times(2));

        Assert.Equal(one, other);
        Assert.NotEqual(one, another);

        static List<TimeSpan> Times(int seed)
        {
            var schedule = new ArrivalSchedule(50, ArrivalKind.Poisson, new Random(seed));
            return [.. Enumerable.Range(0, 20).Select(_ => schedule.Next())];
        }
    }
}
