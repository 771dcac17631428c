using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;

namespace OrleansGateway;

/// <summary>Reads <c>x-ratelimit-*</c> as OpenAI writes them, and <c>anthropic-ratelimit-*</c>. Whatever is odd counts as absent.</summary>
internal static class LimitHeaders
{
    // A limit above this limits nobody.
    private const long Most = 1_000_000_000;
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static LimitsTold Of(HttpResponseMessage response, DateTimeOffset now)
    {
        var headers = response.Headers.NonValidated;
        if (headers.Count == 0) return default;
        return new LimitsTold(
            Read(response, now, "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests")
                ?? Read(response, now, "anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
            Read(response, now, "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens")
                ?? Read(response, now, "anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"));
    }

    private static LimitTold? Read(HttpResponseMessage response, DateTimeOffset now, string limitName, string leftName, string resetName) =>
        response.Headers.NonValidated is var headers && Number(headers, limitName) is { } limit and >= 1 and <= Most
            ? new LimitTold(limit, Number(headers, leftName) is { } left and >= 0 ? Math.Min(left, limit) : null, ParseReset(One(headers, resetName), now, response))
            : null;

    /// <summary>How long until a limit is whole again: <c>12ms</c>, <c>1s</c>, <c>6m0s</c>, <c>1h2m3.5s</c>, bare seconds, or an instant.</summary>
    /// <param name="value">The header's.</param>
    /// <param name="now">What an instant counts from when there is no response, or it has no date.</param>
    /// <param name="response">Whose own date an instant counts from: whose clock is right is not known.</param>
    public static TimeSpan? ParseReset(string? value, DateTimeOffset now, HttpResponseMessage? response = null)
    {
        if (string.IsNullOrWhiteSpace(value) || value.Length > 40) return null;
        if (double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)) return double.IsFinite(seconds) ? Clamp(seconds) : null;
        if (DateTimeOffset.TryParseExact(
                value, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
            return Clamp((instant - (response?.Headers.Date ?? now)).TotalSeconds);
        return ParseUnits(value);
    }

    private static TimeSpan? ParseUnits(ReadOnlySpan<char> value)
    {
        var sum = 0.0;
        while (value.Length > 0)
        {
            var digits = value.IndexOfAnyExcept(Digits);
            if (digits < 1 || !double.TryParse(value[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return null;
            value = value[digits..];
            var unit = value.StartsWith("ms") ? (Seconds: 0.001, Length: 2) : value[0] switch { 'd' => (86_400, 1), 'h' => (3_600, 1), 'm' => (60, 1), 's' => (1, 1), _ => (0, 0) };
            if (unit.Length == 0) return null;
            sum += number * unit.Seconds;
            value = value[unit.Length..];
        }
        return Clamp(sum);
    }

    private static TimeSpan Clamp(double seconds) => seconds <= 0 ? TimeSpan.Zero : seconds >= Longest.TotalSeconds ? Longest : TimeSpan.FromSeconds(seconds);

    private static long? Number(HttpHeadersNonValidated headers, string name) =>
        long.TryParse(One(headers, name), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? One(HttpHeadersNonValidated headers, string name) =>
        headers.TryGetValues(name, out var values) && values.Count == 1 ? values.ToString() : null;
}
