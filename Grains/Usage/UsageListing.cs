using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// Answers one question page by page. What is told apart by time is summed some days at a time, so that memory stays small however long the
/// range is.
/// </summary>
internal sealed class UsageListing
{
    private readonly long _rowsAtOnce;
    private readonly UsageRollUp _rollUp;
    private readonly TimeZoneInfo _zone;
    private readonly List<DateTimeOffset> _bounds;
    private UsageTotals? _total;
    private (int Index, UsageSlice Slice)? _slice;

    public UsageListing(UsageRollUp rollUp, DateTimeOffset from, DateTimeOffset to, TimeZoneInfo zone, UsageGroups groupBy, DateTimeOffset madeAt, long rowsAtOnce)
    {
        (_rollUp, From, To, _zone, GroupBy, MadeAt, _rowsAtOnce) = (rollUp, from, to, zone, groupBy, madeAt, rowsAtOnce);
        _bounds = BoundsOf();
    }

    public DateTimeOffset From { get; }

    public DateTimeOffset To { get; }

    public UsageGroups GroupBy { get; }

    public DateTimeOffset MadeAt { get; }

    public bool Answers(DateTimeOffset from, DateTimeOffset to, TimeZoneInfo zone, UsageGroups groupBy) =>
        (From, To, _zone.Id, GroupBy) == (from, to, zone.Id, groupBy);

    /// <summary>A page of the rows after a group; null when there are too many groups.</summary>
    public async Task<UsageAnswer.Page?> PageAsync(UsageGroup? after, int limit)
    {
        var rows = ImmutableArray.CreateBuilder<UsageRow>();
        for (var i = after is null ? 0 : SliceOf(after.Value); i < _bounds.Count - 1; i++)
        {
            if (await SliceAsync(i) is not { } slice) return null;
            for (var row = after is null ? 0 : slice.FirstAfter(after.Value); row < slice.Count; row++)
            {
                if (rows.Count < limit)
                {
                    rows.Add(slice[row]);
                    continue;
                }
                var last = rows[^1];
                var cursor = new UsageCursor(From, To, GroupBy, new UsageGroup(last.Hour, last.Day, last.Model, last.Key, last.User));
                return new UsageAnswer.Page(From, To, rows.DrainToImmutable(), await TotalAsync(), cursor.ToString());
            }
        }
        return new UsageAnswer.Page(From, To, rows.DrainToImmutable(), await TotalAsync(), null);
    }

    private async Task<UsageTotals> TotalAsync() => _total ??= _bounds.Count == 2 && _slice is { } only
        ? only.Slice.Total
        : (await UsageSlice.SumAsync(_rollUp, From, To, _zone, UsageGroups.None))!.Total;

    private async Task<UsageSlice?> SliceAsync(int index)
    {
        if (_slice is { } kept && kept.Index == index) return kept.Slice;
        _slice = null;
        if (await UsageSlice.SumAsync(_rollUp, _bounds[index], _bounds[index + 1], _zone, GroupBy) is not { } slice) return null;
        _slice = (index, slice);
        return slice;
    }

    private int SliceOf(UsageGroup group)
    {
        var at = group.Hour ?? group.Day;
        var next = at is null ? 1 : _bounds.FindIndex(1, bound => bound > at);
        return next < 0 ? _bounds.Count - 1 : next - 1;
    }

    // Cuts at the starts of the zone's days, where no group goes on.
    private List<DateTimeOffset> BoundsOf()
    {
        var bounds = new List<DateTimeOffset> { From };
        if ((GroupBy & (UsageGroups.Hour | UsageGroups.Day)) != 0)
        {
            var rows = 0L;
            foreach (var (day, parts) in _rollUp.Days)
            {
                var end = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).AddDays(1);
                if (end <= From || end > To) continue;
                rows += parts.PartRows.Sum(count => (long)count);
                if (rows < _rowsAtOnce) continue;
                var cut = WindowCalendar.Containing(WindowKind.Day, end, _zone).Start;
                if (cut <= bounds[^1]) continue;
                bounds.Add(cut);
                rows = 0;
            }
        }
        if (bounds[^1] < To || bounds.Count == 1) bounds.Add(To);
        return bounds;
    }
}
