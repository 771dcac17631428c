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

        var seconds = (milliseconds % 60_000) / 1000m;
        var minutes = milliseconds / 60_000;
        return minutes switch
        {
            0 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.###}s"),
            < 60 => string.Create(CultureInfo.InvariantCulture, $"{minutes}m{seconds:0.###}s"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{minutes / 60}h{minutes % 60}m{seconds:0.###}s"),
        };
    }
}
