using System.Globalization;

namespace OrleansGateway.Tests.Unit.Budgets;

public sealed class WindowCalendarTests
{
    [Theory]
    // kind, zone, instant, start, end
    [InlineData("Minute", "UTC", "2026-03-01T10:20:30.5Z", "2026-03-01T10:20:00Z", "2026-03-01T10:21:00Z")]
    [InlineData("Hour", "Asia/Kolkata", "2026-03-01T10:20:30Z", "2026-03-01T09:30:00Z", "2026-03-01T10:30:00Z")]
    [InlineData("Day", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")] // 23 hours
    [InlineData("Day", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")] // 25 hours
    [InlineData("Day", "America/Asuncion", "2023-10-01T12:00:00Z", "2023-10-01T04:00:00Z", "2023-10-02T03:00:00Z")] // midnight does not exist
    [InlineData("Day", "America/Asuncion", "2023-03-26T12:00:00Z", "2023-03-26T04:00:00Z", "2023-03-27T04:00:00Z")] // clocks went back at midnight
    [InlineData("Day", "America/Havana", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")] // midnight occurs twice
    [InlineData("Day", "America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z")] // no midnight, 23 hours
    [InlineData("Day", "America/Sao_Paulo", "2018-02-17T12:00:00Z", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z")] // its last hour twice
    [InlineData("Month", "America/Sao_Paulo", "2018-11-30T12:00:00Z", "2018-11-01T03:00:00Z", "2018-12-01T02:00:00Z")]
    [InlineData("Day", "Africa/Cairo", "2024-04-26T12:00:00Z", "2024-04-25T22:00:00Z", "2024-04-26T21:00:00Z")] // no midnight
    [InlineData("Day", "Africa/Cairo", "2024-10-31T21:30:00Z", "2024-10-30T21:00:00Z", "2024-10-31T22:00:00Z")] // the hour before midnight, again
    [InlineData("Day", "America/Nuuk", "2026-03-29T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z")] // 23 o'clock was midnight
    [InlineData("Day", "America/Nuuk", "2026-03-28T12:00:00Z", "2026-03-28T02:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("Day", "America/Nuuk", "2026-10-24T12:00:00Z", "2026-10-24T01:00:00Z", "2026-10-25T02:00:00Z")] // its last hour twice
    [InlineData("Day", "America/Scoresbysund", "2026-03-28T12:00:00Z", "2026-03-28T02:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("Day", "Pacific/Easter", "2026-09-06T12:00:00Z", "2026-09-06T05:00:00Z", "2026-09-07T05:00:00Z")] // forward at 22 o'clock the evening before
    [InlineData("Month", "Pacific/Easter", "2026-09-30T12:00:00Z", "2026-09-01T06:00:00Z", "2026-10-01T05:00:00Z")]
    [InlineData("Day", "UTC", "2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z")]
    [InlineData("Hour", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z")] // 2 o'clock, the first time
    [InlineData("Hour", "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z")] // and the second
    [InlineData("Week", "Africa/Cairo", "2024-04-26T12:00:00Z", "2024-04-21T22:00:00Z", "2024-04-28T21:00:00Z")]
    [InlineData("Week", "UTC", "2026-03-01T00:00:00Z", "2026-02-23T00:00:00Z", "2026-03-02T00:00:00Z")] // a Sunday
    [InlineData("Week", "UTC", "2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z")] // a Monday
    [InlineData("Month", "UTC", "2028-02-29T23:59:59Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z")]
    [InlineData("Month", "Pacific/Kiritimati", "2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z", "2026-02-28T10:00:00Z")]
    public void A_window_begins_and_ends_where_the_calendar_says(string kind, string zone, string at, string start, string end)
    {
        var window = WindowCalendar.Containing(Enum.Parse<WindowKind>(kind), Instant(at), TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal((Instant(start), Instant(end)), window);
    }

    [Fact]
    public void Windows_of_a_year_follow_each_other_without_gap_or_overlap()
    {
        foreach (var zone in new[]
        {
            "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo",
            "America/Havana", "America/Nuuk", "America/Scoresbysund", "Pacific/Easter",
        }.Select(TimeZoneInfo.FindSystemTimeZoneById))
        {
            foreach (var kind in new[] { WindowKind.Hour, WindowKind.Day, WindowKind.Week, WindowKind.Month })
            {
                if (kind == WindowKind.Hour && zone.Id.EndsWith("Lord_Howe", StringComparison.Ordinal)) continue; // its half-hour shift cuts an hour in two
                var at = Instant("2026-01-01T00:00:00Z");
                var end = WindowCalendar.Containing(kind, at, zone).End;
                while (end < Instant("2027-01-01T00:00:00Z"))
                {
                    var next = WindowCalendar.Containing(kind, end, zone);
                    Assert.Equal(end, next.Start);
                    if (kind != WindowKind.Hour)
                        Assert.True(
                            TimeZoneInfo.ConvertTime(next.Start.AddTicks(-1), zone).Date < TimeZoneInfo.ConvertTime(next.Start, zone).Date,
                            $"{next.Start:O} is not when a day begins in {zone.Id}.");
                    Assert.Equal(next, WindowCalendar.Containing(kind, next.End.AddTicks(-1), zone));
                    end = next.End;
                }
            }
        }
    }

    [Fact]
    public void A_day_that_is_in_a_book_with_another_end_goes_on_to_that_end()
    {
        var nuuk = TimeZoneInfo.FindSystemTimeZoneById("America/Nuuk");
        var buckets = new BudgetBuckets();
        var booked = new BudgetBucket(WindowKind.Day, Instant("2026-03-28T02:00:00Z"), Instant("2026-03-29T02:00:00Z")) { Settled = Money.FromUsd(1) };
        buckets.Restore([booked], []);

        Assert.Same(booked, Day("2026-03-29T01:30:00Z"));
        Assert.Equal(
            (Instant("2026-03-29T01:00:00Z"), Instant("2026-03-30T01:00:00Z"), Money.Zero),
            (Day("2026-03-29T02:00:00Z").Start, Day("2026-03-29T02:00:00Z").End, Day("2026-03-29T02:00:00Z").Settled));

        BudgetBucket Day(string at) => buckets.Roll(Instant(at), nuuk, []).Single(bucket => bucket.Kind == WindowKind.Day);
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
