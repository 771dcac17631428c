namespace OrleansGateway.LoadTest;

/// <summary>When calls are due, counted from the start and whatever became of earlier ones.</summary>
/// <param name="rate">Calls a second.</param>
/// <param name="kind">How they follow one another.</param>
/// <param name="random">Draws the gaps of <see cref="ArrivalKind.Poisson"/>.</param>
internal sealed class ArrivalSchedule(double rate, ArrivalKind kind, Random random)
{
    private double _last;
    private long _count;

    /// <summary>The next call's time; never before the one given last.</summary>
    public TimeSpan Next()
    {
        // Even steps are counted, not summed: a sum of a million thirds is no third of a million.
        if (kind == ArrivalKind.Even) return TimeSpan.FromSeconds(_count++ / rate);
        _last -= Math.Log(1 - random.NextDouble()) / rate;
        return TimeSpan.FromSeconds(_last);
    }
}
