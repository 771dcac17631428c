using System.Globalization;

namespace OrleansGateway;

/// <summary>Durations as OpenAI's headers spell them, which is as Go does: <c>12ms</c>, <c>1s</c>, <c>6m0s</c>. Rounded up to a millisecond.</summary>
internal static class GoDuration
{
    public static string Format(TimeSpan duration)
    {
        if (duration <= TimeSpan.Zero) return "0s";
        var milliseconds = (duration.Ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;
        if (milliseconds < 1000) return string.Create(CultureInfo.InvariantCulture, $"{milliseconds}ms");

        var (minutes, rest) = Math.DivRem(milliseconds, 60_000);
        return minutes switch
        {
            0 => Seconds(rest),
            < 60 => string.Create(CultureInfo.InvariantCulture, $"{minutes}m{Seconds(rest)}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{minutes / 60}h{minutes % 60}m{Seconds(rest)}"),
        };
    }

    // Without zeros at the end.
    private static string Seconds(long milliseconds)
    {
        var (seconds, rest) = Math.DivRem(milliseconds, 1000);
        if (rest == 0) return string.Create(CultureInfo.InvariantCulture, $"{seconds}s");
        if (rest % 100 == 0) return string.Create(CultureInfo.InvariantCulture, $"{seconds}.{rest / 100}s");
        if (rest % 10 == 0) return string.Create(CultureInfo.InvariantCulture, $"{seconds}.{rest / 10:00}s");
        return string.Create(CultureInfo.InvariantCulture, $"{seconds}.{rest:000}s");
    }
}
