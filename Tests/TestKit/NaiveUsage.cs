namespace OrleansGateway.Tests.TestKit;

/// <summary>Usage as the plainest fold of a book has it: every entry looked at for every question.</summary>
internal static class NaiveUsage
{
    public static IReadOnlyList<UsageRow> Rows(IEnumerable<BookEntry> book, DateTimeOffset from, DateTimeOffset to, string zoneId, UsageGroups groupBy)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneId);
        var rows = new List<UsageRow>();
        foreach (var entry in book)
        {
            if (entry.At < from || entry.At >= to || RowOf(entry) is not { } row) continue;
            var told = new UsageRow(
                groupBy.HasFlag(UsageGroups.Hour) ? HourOf(entry.At, zone) : null,
                groupBy.HasFlag(UsageGroups.Day) ? DayOf(entry.At, zone) : null,
                groupBy.HasFlag(UsageGroups.Model) ? row.Model : null,
                groupBy.HasFlag(UsageGroups.Key) ? row.Key : null,
                groupBy.HasFlag(UsageGroups.User) ? row.User : null,
                row.Totals);
            var same = rows.FindIndex(r => r with { Totals = default } == told with { Totals = default });
            if (same < 0) rows.Add(told);
            else rows[same] = rows[same] with { Totals = rows[same].Totals + told.Totals };
        }
        if (groupBy == UsageGroups.None && rows.Count == 0) rows.Add(new UsageRow(null, null, null, null, null, default));
        return [.. rows
            .OrderBy(r => r.Hour)
            .ThenBy(r => r.Day)
            .ThenBy(r => r.Model, StringComparer.Ordinal)
            .ThenBy(r => r.Key, StringComparer.Ordinal)
            .ThenBy(r => r.User, StringComparer.Ordinal)];
    }

    private static UsageRow? RowOf(BookEntry entry)
    {
        switch (entry)
        {
            case BookEntry.Posted p:
                return new UsageRow(null, null, p.Model, p.KeyId, p.User, new UsageTotals
                {
                    Requests = 1,
                    Estimated = p.Estimated ? 1 : 0,
                    InputTokens = p.Usage.Input,
                    CachedInputTokens = p.Usage.CachedInput,
                    CacheWriteTokens = p.Usage.CacheWrite,
                    OutputTokens = p.Usage.Output,
                    ReasoningTokens = p.Usage.Reasoning,
                    CostUsd = p.Cost,
                    AbsorbedUsd = p.Absorbed,
                    EstimatedUsd = p.Estimated ? p.Cost + p.Absorbed : Money.Zero,
                });
            case BookEntry.Adjusted { Adjustment: { Kind: AdjustmentKind.Refund or AdjustmentKind.Correction } a }:
                var amount = a.Kind == AdjustmentKind.Refund ? Money.Zero - a.AmountUsd : a.AmountUsd;
                var parts = a.Scope.Split(':', 2);
                return new UsageRow(
                    null, null, a.Model,
                    parts[0] == "key" ? parts[1] : null,
                    parts[0] == "user" ? parts[1] : null,
                    new UsageTotals { CostUsd = amount, AdjustedUsd = amount });
            default:
                return null;
        }
    }

    // An hour begins where the zone's clocks showed, or would have shown, a full hour.
    private static DateTimeOffset HourOf(DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        return TimeZoneInfo.ConvertTime(at.AddTicks(-(local.TimeOfDay.Ticks % TimeSpan.TicksPerHour)), zone);
    }

    // Back, minute by minute, to the first at which the zone had the same date.
    private static DateTimeOffset DayOf(DateTimeOffset at, TimeZoneInfo zone)
    {
        var date = TimeZoneInfo.ConvertTime(at, zone).Date;
        var start = at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMinute));
        while (TimeZoneInfo.ConvertTime(start.AddMinutes(-1), zone).Date == date) start = start.AddMinutes(-1);
        return TimeZoneInfo.ConvertTime(start, zone);
    }
}
