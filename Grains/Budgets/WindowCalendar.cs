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
    public static (DateTimeOffset Start, DateTimeOffset End) Containing(BudgetWindow kind, DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone).DateTime;
        switch (kind)
        {
            case BudgetWindow.Minute:
                return Fixed(at, local, TimeSpan.FromMinutes(1));
            case BudgetWindow.Hour:
                return Fixed(at, local, TimeSpan.FromHours(1));
            case BudgetWindow.Day:
                return Days(local.Date, local.Date.AddDays(1), zone);
            case BudgetWindow.Week:
                var monday = local.Date.AddDays(-(((int)local.DayOfWeek + 6) % 7));
                return Days(monday, monday.AddDays(7), zone);
            case BudgetWindow.Month:
                var first = new DateTime(local.Year, local.Month, 1);
                return Days(first, first.AddMonths(1), zone);
            case BudgetWindow.Total:
                return (DateTimeOffset.MinValue, Never);
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a window.");
        }
    }

    private static (DateTimeOffset, DateTimeOffset) Fixed(DateTimeOffset at, DateTime local, TimeSpan length)
    {
        var start = at.ToUniversalTime().AddTicks(-(local.Ticks % length.Ticks));
        return (start, start + length);
    }

    private static (DateTimeOffset, DateTimeOffset) Days(DateTime first, DateTime next, TimeZoneInfo zone) => (StartOfDay(first, zone), StartOfDay(next, zone));

    // Midnight by the offset in force before it, unless that instant is still the day before: clocks set back at midnight repeat an hour.
    private static DateTimeOffset StartOfDay(DateTime midnight, TimeZoneInfo zone)
    {
        var start = new DateTimeOffset(midnight, zone.GetUtcOffset(midnight.AddHours(-6))).ToUniversalTime();
        return TimeZoneInfo.ConvertTime(start, zone).DateTime >= midnight
            ? start
            : new DateTimeOffset(midnight, zone.GetUtcOffset(midnight.AddHours(6))).ToUniversalTime();
    }
}
