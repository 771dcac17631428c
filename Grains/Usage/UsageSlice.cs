using System.Runtime.InteropServices;

namespace OrleansGateway;

/// <summary>The sums of a stretch of time, group by group, in order.</summary>
internal sealed class UsageSlice
{
    private readonly NameTable _names;
    private readonly TimeZoneInfo _zone;
    private readonly (Place Place, UsageTotals Totals)[] _rows;

    private UsageSlice(NameTable names, TimeZoneInfo zone, (Place, UsageTotals)[] rows) => (_names, _zone, _rows) = (names, zone, rows);

    public int Count => _rows.Length;

    public UsageTotals Total
    {
        get
        {
            var total = default(UsageTotals);
            foreach (var (_, totals) in _rows) total += totals;
            return total;
        }
    }

    /// <summary>Sums up; null when there are more groups than an answer may have.</summary>
    public static async Task<UsageSlice?> SumAsync(UsageRollUp rollUp, DateTimeOffset from, DateTimeOffset to, TimeZoneInfo zone, UsageGroups groupBy)
    {
        var sums = new Dictionary<Place, UsageTotals>();
        var names = new NameTable();
        if (from < to)
        {
            await foreach (var (day, rows) in rollUp.ReadAsync(DateOnly.FromDateTime(from.UtcDateTime), DateOnly.FromDateTime(to.UtcDateTime.AddTicks(-1))))
            {
                Add(sums, names, new QuarterCalendar(day, from, to, zone, groupBy), rows.Span, groupBy);
                if (sums.Count > UsageQuery.MaxGroups) return null;
            }
        }
        if (groupBy == UsageGroups.None) sums.TryAdd(default, default);
        return new UsageSlice(names, zone, Sorted(sums, names));
    }

    public UsageRow this[int index]
    {
        get
        {
            var group = GroupOf(index);
            return new UsageRow(group.Hour, group.Day, group.Model, group.Key, group.User, _rows[index].Totals);
        }
    }

    public UsageGroup GroupOf(int index)
    {
        var place = _rows[index].Place;
        return new UsageGroup(Local(place.Hour), Local(place.Day), _names[place.Model], _names[place.Key], _names[place.User]);
    }

    /// <summary>The first row after a group.</summary>
    public int FirstAfter(UsageGroup group)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (GroupOf(middle).CompareTo(group) > 0) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    private static void Add(Dictionary<Place, UsageTotals> sums, NameTable names, QuarterCalendar calendar, ReadOnlySpan<byte> rows, UsageGroups groupBy)
    {
        var reader = new UsagePartReader(rows);
        var places = new int[reader.Names.Length];
        var whole = calendar.IsWhole;
        while (reader.Read(out var key, out var totals))
        {
            if (!whole && !calendar.Has(key.Quarter)) continue;
            var place = new Place(
                calendar.HourOf(key.Quarter),
                calendar.DayOf(key.Quarter),
                (groupBy & UsageGroups.Model) == 0 ? 0 : PlaceOf(key.Model, reader.Names, places, names),
                (groupBy & UsageGroups.Key) == 0 ? 0 : PlaceOf(key.Key, reader.Names, places, names),
                (groupBy & UsageGroups.User) == 0 ? 0 : PlaceOf(key.User, reader.Names, places, names));
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, place, out _);
            sum += totals;
        }
    }

    // The part's place of a name, as a place in the slice's names.
    private static int PlaceOf(int local, string?[] partNames, int[] places, NameTable names) =>
        local == 0 ? 0 : places[local] != 0 ? places[local] : places[local] = names.PlaceOf(partNames[local]);

    private static (Place, UsageTotals)[] Sorted(Dictionary<Place, UsageTotals> sums, NameTable names)
    {
        var ranks = names.Ranks();
        var keys = new Place[sums.Count];
        var rows = new (Place Place, UsageTotals)[sums.Count];
        var i = 0;
        foreach (var (place, totals) in sums)
        {
            keys[i] = new Place(place.Hour, place.Day, ranks[place.Model], ranks[place.Key], ranks[place.User]);
            rows[i++] = (place, totals);
        }
        Array.Sort(keys, rows);
        return rows;
    }

    private DateTimeOffset? Local(long ticks) => ticks == 0 ? null : TimeZoneInfo.ConvertTime(new DateTimeOffset(ticks, TimeSpan.Zero), _zone);

    private readonly record struct Place(long Hour, long Day, int Model, int Key, int User) : IComparable<Place>
    {
        public int CompareTo(Place other) =>
            Hour != other.Hour ? Hour.CompareTo(other.Hour)
            : Day != other.Day ? Day.CompareTo(other.Day)
            : Model != other.Model ? Model.CompareTo(other.Model)
            : Key != other.Key ? Key.CompareTo(other.Key)
            : User.CompareTo(other.User);
    }
}
