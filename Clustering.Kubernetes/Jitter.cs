namespace OrleansGateway;

/// <summary>Spreads what many processes would otherwise do at the same moment.</summary>
internal sealed class Jitter(Random random)
{
    /// <summary>From half of it up to all of it.</summary>
    public TimeSpan Spread(TimeSpan most)
    {
        lock (random) return most * (0.5 + (random.NextDouble() / 2));
    }

    /// <summary>For the n-th try in a row, counted from 0: twice as long each time, up to a bound.</summary>
    public TimeSpan Backoff(int tries, TimeSpan first, TimeSpan longest)
    {
        var wanted = first * Math.Pow(2, Math.Min(tries, 20));
        return Spread(wanted < longest ? wanted : longest);
    }
}
