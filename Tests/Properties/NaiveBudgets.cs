using System.Globalization;

namespace OrleansGateway.Tests.Properties;

/// <summary>
/// What a tenant's budgets stand at, from nothing but its book: every hold and correction with its time, each window summed from scratch.
/// Slow, and obvious. It knows only tenant, one policy and one zone.
/// </summary>
internal sealed class NaiveBudgets(IReadOnlyList<BookEntry> entries, TenantPolicy policy, TimeZoneInfo zone)
{
    /// <summary>A hold or correction, where in the book it stands, when it landed, and what it counts by now.</summary>
    internal sealed record Landing(int Seq, DateTimeOffset At)
    {
        public Money Settled { get; init; }

        public Money Absorbed { get; init; }

        public Money Held { get; init; }

        public Money Suspense { get; init; }

        public Money Counted => Settled + Absorbed + Held + Suspense;
    }

    /// <summary>The landings as the whole book, or its first entries, leave them.</summary>
    public static IEnumerable<Landing> Landings(IEnumerable<BookEntry> entries)
    {
        var landings = new List<Landing>();
        var holds = new Dictionary<HoldId, (int Index, Money Amount)>();
        var bookTime = DateTimeOffset.MinValue;
        foreach (var (seq, entry) in entries.Index())
        {
            if (entry.At > bookTime) bookTime = entry.At;
            if (entry is BookEntry.Adjusted { Adjustment: { Kind: AdjustmentKind.Refund or AdjustmentKind.Correction } adjustment })
                landings.Add(new Landing(seq, bookTime) { Settled = adjustment.Invoiced });
            if (entry is BookEntry.Held held)
            {
                holds[held.Hold] = (landings.Count, held.Amount);
                landings.Add(new Landing(seq, bookTime) { Held = held.Amount });
            }
            if (entry is not BookEntry.OfHold of || !holds.TryGetValue(of.Hold, out var hold)) continue;
            var bare = new Landing(landings[hold.Index].Seq, landings[hold.Index].At);
            landings[hold.Index] = entry switch
            {
                BookEntry.Posted posted => bare with { Settled = posted.Cost, Absorbed = posted.Absorbed },
                BookEntry.Voided => bare,
                BookEntry.Suspended => bare with { Suspense = hold.Amount },
                _ => landings[hold.Index],
            };
        }
        return landings;
    }

    public BudgetStatus[] Report(DateTimeOffset now)
    {
        var at = entries.Select(e => e.At).Append(now).Max();
        return [.. policy.Budgets.Select(budget => Report(budget, at))];
    }

    private BudgetStatus Report(BudgetPolicy budget, DateTimeOffset at)
    {
        var counting = budget.Window.Kind == WindowKind.Rolling
            ? LessRefunds().Where(l => CountsRolling(budget.Window.Days, l, at)).ToList()
            : Landings(entries).Where(l => Name(budget.Window.Kind, l.At) == Name(budget.Window.Kind, at)).ToList();
        var status = new BudgetStatus
        {
            Scope = "tenant",
            Window = budget.Window,
            Mode = budget.Mode,
            LimitUsd = budget.LimitUsd,
            SettledUsd = Sum(counting, l => l.Settled),
            AbsorbedUsd = Sum(counting, l => l.Absorbed),
            HeldUsd = Sum(counting, l => l.Held),
            SuspenseUsd = Sum(counting, l => l.Suspense),
            RaisedUsd = Raised(budget.Window, at),
            RolledOverUsd = RolledOver(budget, at, entries.Count),
            RemainingUsd = default,
            ResetsAt = null,
        };
        return status with
        {
            RemainingUsd = status.LimitUsd + status.RaisedUsd + status.RolledOverUsd - status.SettledUsd - status.AbsorbedUsd - status.HeldUsd - status.SuspenseUsd,
        };
    }

    // What was spent counts until N × 24 hours after the end of its hour or day.
    private bool CountsRolling(int days, Landing landing, DateTimeOffset at) =>
        WindowCalendar.Containing(days <= 7 ? WindowKind.Hour : WindowKind.Day, landing.At, zone).End.AddDays(days) > at;

    // Each refund is gone into what had been settled when it was booked, the newest first; what is left of it counts nowhere.
    private List<Landing> LessRefunds()
    {
        var off = new Dictionary<int, Money>();
        foreach (var refund in Landings(entries).Where(l => l.Settled.IsNegative))
        {
            var left = Money.Zero - refund.Settled;
            foreach (var spent in Landings(entries.Take(refund.Seq)).Where(l => !l.Settled.IsNegative).Reverse())
            {
                var part = Money.Min(left, spent.Settled - off.GetValueOrDefault(spent.Seq));
                off[spent.Seq] = off.GetValueOrDefault(spent.Seq) + part;
                left -= part;
            }
        }
        return [.. Landings(entries).Where(l => !l.Settled.IsNegative).Select(l => l with { Settled = l.Settled - off.GetValueOrDefault(l.Seq) })];
    }

    private Money Raised(BudgetWindow window, DateTimeOffset at) => entries.OfType<BookEntry.Adjusted>().Select(e => e.Adjustment)
        .Where(a => (a.Kind == AdjustmentKind.Credit && window == BudgetWindow.Total) || (a.Kind == AdjustmentKind.Raise && a.Window == window && at < a.Until))
        .Aggregate(Money.Zero, (sum, a) => sum + a.AmountUsd);

    /// <summary>What the windows before left, struck when the first landing of this one was booked, or now when there is none.</summary>
    private Money RolledOver(BudgetPolicy budget, DateTimeOffset at, int count)
    {
        if (budget.RollOverUsd is not { } cap) return Money.Zero;
        var kind = budget.Window.Kind;
        var landings = Landings(entries.Take(count)).ToList();
        var struck = landings.Find(l => Name(kind, l.At) == Name(kind, at))?.Seq ?? count;
        if (landings.FindLast(l => l.Seq < struck) is not { } last) return Money.Zero;

        var spent = Sum(Landings(entries.Take(struck)).Where(l => Name(kind, l.At) == Name(kind, last.At)), l => l.Counted);
        var carried = Money.Min(cap, Money.Max(Money.Zero, budget.LimitUsd + RolledOver(budget, last.At, struck) - spent));
        var window = WindowCalendar.Containing(kind, last.At, zone);
        while (carried < cap && (window = WindowCalendar.Containing(kind, window.End, zone)).End <= at) carried = Money.Min(cap, carried + budget.LimitUsd);
        return carried;
    }

    // Two instants are in one window when people there would call it by the same name.
    private string Name(WindowKind kind, DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        return kind switch
        {
            WindowKind.Minute => local.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture),
            WindowKind.Hour => local.ToString("yyyy-MM-dd HH zzz", CultureInfo.InvariantCulture),
            WindowKind.Day => local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            WindowKind.Week => $"{ISOWeek.GetYear(local.DateTime)} {ISOWeek.GetWeekOfYear(local.DateTime)}",
            WindowKind.Month => local.ToString("yyyy-MM", CultureInfo.InvariantCulture),
            _ => "",
        };
    }

    private static Money Sum(IEnumerable<Landing> landings, Func<Landing, Money> of) => landings.Aggregate(Money.Zero, (sum, l) => sum + of(l));
}
