using System.Globalization;
using System.Net.Http.Headers;

namespace OrleansGateway;

/// <summary>Reads <c>Retry-After</c>: whole seconds or a date, between nothing and a minute; anything odd counts as absent.</summary>
internal static class RetryAfterHeader
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>What a response asks for, or null. A date counts from the response's own, when it has one: whose clock is right is not known.</summary>
    public static TimeSpan? Of(HttpResponseMessage response, DateTimeOffset now) =>
        response.Headers.NonValidated.TryGetValues("Retry-After", out HeaderStringValues values) && values.Count == 1
            ? Parse(values.ToString(), response.Headers.Date ?? now)
            : null;

    /// <summary>What a header's value asks for, or null.</summary>
    public static TimeSpan? Parse(string? value, DateTimeOffset now)
    {
        if (int.TryParse(value, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var seconds))
            return Clamp(TimeSpan.FromSeconds(seconds));
        return DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, DateTimeStyles.AllowLeadingWhite | DateTimeStyles.AllowTrailingWhite, out var date)
            ? Clamp(date - now)
            : null;
    }

    private static TimeSpan Clamp(TimeSpan wait) => wait < TimeSpan.Zero ? TimeSpan.Zero : wait > Longest ? Longest : wait;
}
