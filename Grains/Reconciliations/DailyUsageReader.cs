using System.Runtime.InteropServices;

namespace OrleansGateway;

/// <summary>Sums a roll-up by UTC day, provider and model.</summary>
internal static class DailyUsageReader
{
    public static async Task<DailyUsage.Known> ReadAsync(UsageRollUp rollUp, DateOnly first, DateOnly last)
    {
        var sums = new Dictionary<(DateOnly Day, string? Provider, string? Model), UsageTotals>();
        await foreach (var (day, rows) in rollUp.ReadAsync(first, last)) Add(sums, day, rows.Span);
        // A provider may count a request on the day before: it was billed before midnight and posted after.
        var entries = rollUp.Days.Where(d => d.Key.DayNumber >= first.DayNumber - 1 && d.Key.DayNumber <= last.DayNumber + 1).Select(d => (long?)d.Value.FirstSeq).Min();
        return new DailyUsage.Known(
            entries,
            [.. sums.Select(s => new DailyUsageRow(s.Key.Day, s.Key.Provider, s.Key.Model, s.Value))],
            [.. rollUp.Open.Suspended.Where(s => IsIn(s.At)).Select(s => new SuspendedHold(s.Hold, s.At, s.Provider, s.Model, s.Amount))],
            [.. rollUp.Open.Reconciled.Where(r => r.Usage.Day >= first && r.Usage.Day <= last)]);

        bool IsIn(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime) is var day && day >= first && day <= last;
    }

    private static void Add(Dictionary<(DateOnly, string?, string?), UsageTotals> sums, DateOnly day, ReadOnlySpan<byte> rows)
    {
        var reader = new UsagePartReader(rows);
        while (reader.Read(out var key, out var totals))
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, (day, reader.Names[key.Provider], reader.Names[key.Model]), out _);
            sum += totals;
        }
    }
}
