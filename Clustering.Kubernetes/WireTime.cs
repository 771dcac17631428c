using System.Globalization;

namespace OrleansGateway;

/// <summary>Times in UTC as RFC 3339.</summary>
internal static class WireTime
{
    /// <summary>With every tick.</summary>
    public static string Exact(DateTime time) => Utc(time).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The API server's MicroTime: exactly six digits, or it refuses the object.</summary>
    public static string Micro(DateTime time) => Utc(time).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Throws <see cref="FormatException"/>.</summary>
    public static DateTime Parse(string text) =>
        DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);

    // What has no kind is UTC: Orleans knows no other.
    private static DateTime Utc(DateTime time) => time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time;
}
