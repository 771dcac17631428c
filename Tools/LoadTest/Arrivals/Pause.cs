namespace OrleansGateway.LoadTest;

/// <summary>Sleeps a thread to within some tens of microseconds where the system can; timers of this runtime know whole milliseconds only.</summary>
internal static class Pause
{
    /// <summary>Longer pauses are taken in parts, so that whoever waits can be told to stop.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    /// <summary>Sleeps for the rest, or a part of it.</summary>
    public static void Towards(TimeSpan rest)
    {
        if (rest <= TimeSpan.Zero) return;
        if (rest > Longest) rest = Longest;
        if (!ShortSleep.TryFor(rest)) Thread.Sleep(rest);
    }
}
