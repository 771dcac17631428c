namespace OrleansGateway;

/// <summary>
/// The last N days, made of hours up to a week and of days beyond. What lands in a bucket counts until N × 24 hours after the bucket's end, less
/// what refunds took off it: so within no N × 24 hours can more be spent than the limit, whatever the time zone's clocks do, and nothing counts
/// for more than an hour, or a day, too long.
/// </summary>
internal static class RollingBuckets
{
    private const int MaxDaysOfHours = 7;

    /// <summary>The calendar windows that a budget's window is made of: itself, or those whose sum it is.</summary>
    public static WindowKind KindOf(BudgetWindow window) =>
        window.Kind != WindowKind.Rolling ? window.Kind : window.Days <= MaxDaysOfHours ? WindowKind.Hour : WindowKind.Day;

    /// <summary>How long after its end a window of a kind counts for some of these budgets; nothing when none of them rolls.</summary>
    public static TimeSpan Reach(WindowKind kind, ReadOnlySpan<BudgetPolicy> budgets)
    {
        var days = 0;
        foreach (var budget in budgets)
            if (budget.Window.Kind == WindowKind.Rolling && KindOf(budget.Window) == kind) days = Math.Max(days, budget.Window.Days);
        return TimeSpan.FromDays(days);
    }

    /// <summary>The sum over the buckets of the window's kind that count at an instant.</summary>
    public static BudgetStanding Sum(BudgetWindow window, IReadOnlyList<BudgetBucket> past, BudgetBucket? current, DateTimeOffset at)
    {
        var sum = new Sums(KindOf(window), TimeSpan.FromDays(window.Days), at);
        for (var i = 0; i < past.Count; i++) sum.Add(past[i]);
        if (current is not null) sum.Add(current);
        return new BudgetStanding
        {
            Settled = sum.Settled,
            Absorbed = sum.Absorbed,
            Held = sum.Held,
            Suspense = sum.Suspense,
            ResetsAt = sum.ResetsAt,
        };
    }

    /// <summary>
    /// Takes a refund off what is settled in the buckets of both kinds, newest first; they are given oldest first. What was spent before it gives
    /// room, what is spent after it never does: a refund that counted by itself would let more than the limit be spent in the N days after it.
    /// So it takes off no more than was settled, and that never shrinks.
    /// </summary>
    public static void TakeOff(Money refund, IEnumerable<BudgetBucket> buckets)
    {
        foreach (var kind in buckets.Where(b => b.Kind is WindowKind.Hour or WindowKind.Day).Reverse().GroupBy(b => b.Kind))
        {
            var left = refund;
            foreach (var bucket in kind)
            {
                var off = Money.Min(left, bucket.Settled - bucket.TakenOff);
                bucket.TakenOff += off;
                left -= off;
            }
        }
    }

    /// <summary>What stops counting after an instant, and when, earliest first.</summary>
    public static IEnumerable<(DateTimeOffset At, Money Amount)> Leaving(BudgetWindow window, IReadOnlyList<BudgetBucket> buckets, DateTimeOffset at)
    {
        var kind = KindOf(window);
        var reach = TimeSpan.FromDays(window.Days);
        var leaving = new List<(DateTimeOffset At, Money Amount)>();
        foreach (var bucket in buckets)
        {
            if (bucket.Kind != kind || bucket.End + reach <= at) continue;
            if (bucket.CountedRolling > Money.Zero) leaving.Add((bucket.End + reach, bucket.CountedRolling));
        }
        return leaving.OrderBy(l => l.At);
    }

    private struct Sums(WindowKind kind, TimeSpan reach, DateTimeOffset at)
    {
        public Money Settled;
        public Money Absorbed;
        public Money Held;
        public Money Suspense;
        public DateTimeOffset? ResetsAt;

        public void Add(BudgetBucket bucket)
        {
            if (bucket.Kind != kind || bucket.End + reach <= at) return;
            Settled += bucket.Settled - bucket.TakenOff;
            Absorbed += bucket.Absorbed;
            Held += bucket.Held;
            Suspense += bucket.Suspense;
            if (ResetsAt is null && bucket.CountedRolling > Money.Zero) ResetsAt = bucket.End + reach;
        }
    }
}
