namespace OrleansGateway;

/// <summary>Pauses between tries of one thing: each twice the one before, up to a longest.</summary>
internal readonly record struct Backoff(TimeSpan First, TimeSpan Longest)
{
    /// <summary>The pause before a repeat, counted from 0.</summary>
    public TimeSpan Before(int repeat) => TimeSpan.FromTicks((long)Math.Min(Math.ScaleB(First.Ticks, repeat), Longest.Ticks));

    /// <summary>The same but for a random half, so that those who failed together do not come back together.</summary>
    public TimeSpan Before(int repeat, Random random) => Before(repeat) * (0.5 + (random.NextDouble() / 2));
}
