using System.Globalization;

namespace OrleansGateway.Admin;

/// <summary>Instants as ISO 8601: read with an offset, never without; written in UTC.</summary>
internal static class Instant
{
    public const string Expected = "an ISO 8601 instant with its offset, such as 2026-01-31T00:00:00Z";

    private static readonly string[] Forms =
        ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mmzzz"];

    public static bool TryParse(string? text, out DateTimeOffset instant) => DateTimeOffset.TryParseExact(
        text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out instant);

    public static string Format(DateTimeOffset instant) => instant.UtcDateTime.ToString(Forms[0], CultureInfo.InvariantCulture);
}
