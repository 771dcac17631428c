namespace OrleansGateway;

/// <summary>
/// Where windows begin and end in a time zone. A day starts at its first instant: after a spring-forward gap at midnight, at the gap's
/// end; at a repeated midnight, at the first of the two. An hour repeated in autumn is two windows.
/// </summary>
internal static class WindowCalendar
{
    /// <summary>The end of a window that never ends.</summary>
    public static readonly DateTimeOffset Never = DateTimeOffset.MaxValue;

    /// <summary>The window of a kind that contains an instant, as [start, end).</summary>
    public static (DateTimeOffset Start, DateTimeOffset End) Containing(WindowKind kind, DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone).DateTime;
        switch (kind)
        {
            case WindowKind.Minute:
                return Fixed(at, local, TimeSpan.FromMinutes(1));
            case WindowKind.Hour:
                return Fixed(at, local, TimeSpan.FromHours(1));
            case WindowKind.Day:
                return Days(local.Date, local.Date.AddDays(1), zone);
            case WindowKind.Week:
                var monday = local.Date.AddDays(-(((int)local.DayOfWeek + 6) % 7));
                return Days(monday, monday.AddDays(7), zone);
            case WindowKind.Month:
                var first = new DateTime(local.Year, local.Month, 1);
                return Days(first, first.AddMonths(1), zone);
            case WindowKind.Total:
                return (DateTimeOffset.MinValue, Never);
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a calendar window.");
        }
    }

    /// <summary>How many whole windows of a kind lie between the end of one and the start of another.</summary>
    public static long CountBetween(WindowKind kind, DateTimeOffset end, DateTimeOffset start, TimeZoneInfo zone)
    {
        if (start <= end) return 0;
        var from = TimeZoneInfo.ConvertTime(end, zone).DateTime;
        var to = TimeZoneInfo.ConvertTime(start, zone).DateTime;
        return kind switch
        {
            WindowKind.Minute => (start - end).Ticks / TimeSpan.TicksPerMinute,
            WindowKind.Hour => (start - end).Ticks / TimeSpan.TicksPerHour,
            WindowKind.Day => (to.Date - from.Date).Days,
            WindowKind.Week => (to.Date - from.Date).Days / 7,
            WindowKind.Month => ((to.Year - from.Year) * 12) + to.Month - from.Month,
            _ => 0,
        };
    }

    private static (DateTimeOffset, DateTimeOffset) Fixed(DateTimeOffset at, DateTime local, TimeSpan length)
    {
        var start = at.ToUniversalTime().AddTicks(-(local.Ticks % length.Ticks));
        return (start, start + length);
    }

    private static (DateTimeOffset, DateTimeOffset) Days(DateTime first, DateTime next, TimeZoneInfo zone) => (StartOfDay(first, zone), StartOfDay(next, zone));

    // Midnight by the offset in force before it or by that after it, whichever is the first at which that day has begun: clocks may go forward over midnight or
    // in the hours before it, or back at midnight.
    private static DateTimeOffset StartOfDay(DateTime midnight, TimeZoneInfo zone)
    {
        var before = new DateTimeOffset(midnight, zone.GetUtcOffset(midnight.AddHours(-6))).ToUniversalTime();
        var after = new DateTimeOffset(midnight, zone.GetUtcOffset(midnight.AddHours(6))).ToUniversalTime();
        var (first, last) = before < after ? (before, after) : (after, before);
        return TimeZoneInfo.ConvertTime(first, zone).DateTime >= midnight ? first : last;
    }
}
