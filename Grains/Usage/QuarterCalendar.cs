namespace OrleansGateway;

/// <summary>For the quarters of an hour of one UTC day: whether they lie in a range, and in which hour and day of a zone.</summary>
internal sealed class QuarterCalendar(DateOnly day, DateTimeOffset from, DateTimeOffset to, TimeZoneInfo zone, UsageGroups groupBy)
{
    private const long Unknown = -1;

    private readonly DateTimeOffset _midnight = new(day, TimeOnly.MinValue, TimeSpan.Zero);
    private readonly long[] _hours = Unknowns();
    private readonly long[] _days = Unknowns();

    /// <summary>Whether the whole day lies in the range.</summary>
    public bool IsWhole => _midnight >= from && _midnight.AddDays(1) <= to;

    public bool Has(int quarter) => StartOf(quarter) is var start && start >= from && start < to;

    /// <summary>The UTC ticks at which the quarter's hour starts; 0 when hours are not told apart.</summary>
    public long HourOf(int quarter) => (groupBy & UsageGroups.Hour) == 0 ? 0 : Known(_hours, quarter, WindowKind.Hour);

    /// <summary>The UTC ticks at which the quarter's day starts; 0 when days are not told apart.</summary>
    public long DayOf(int quarter) => (groupBy & UsageGroups.Day) == 0 ? 0 : Known(_days, quarter, WindowKind.Day);

    private long Known(long[] known, int quarter, WindowKind kind) =>
        known[quarter] != Unknown ? known[quarter] : known[quarter] = WindowCalendar.Containing(kind, StartOf(quarter), zone).Start.UtcTicks;

    private DateTimeOffset StartOf(int quarter) => _midnight + (quarter * UsageQuery.Quarter);

    private static long[] Unknowns()
    {
        var unknown = new long[UsageKey.QuartersPerDay];
        Array.Fill(unknown, Unknown);
        return unknown;
    }
}
