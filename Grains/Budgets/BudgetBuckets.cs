using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// The calendar windows of one scope, of every kind whether or not a budget names it, so that a budget set up in the middle of a month knows
/// what the month has cost; and those that ended which a rolling budget still counts. Windows roll when an entry is booked, never when someone
/// looks: what is here is a fold of the book. One that has rolled lives on in the holds made in it, and late postings land there.
/// </summary>
internal sealed class BudgetBuckets
{
    private static readonly WindowKind[] Kinds = [WindowKind.Minute, WindowKind.Hour, WindowKind.Day, WindowKind.Week, WindowKind.Month, WindowKind.Total];

    private BudgetBucket[] _current = [];
    private List<BudgetBucket>? _past;
    private List<BudgetBucket>? _left;
    private DateTimeOffset _validUntil = DateTimeOffset.MinValue;

    /// <summary>The newest window of each kind; empty before the first booking.</summary>
    public IReadOnlyList<BudgetBucket> Current => _current;

    /// <summary>Windows that ended and that a rolling budget may still count, oldest first.</summary>
    public IReadOnlyList<BudgetBucket> Past => _past ?? (IReadOnlyList<BudgetBucket>)[];

    /// <summary>Windows that have rolled, that no rolling budget counts, and that holds were made in which have not ended.</summary>
    public IEnumerable<BudgetBucket> Left => _left is null ? [] : _left.Where(b => b.Holds > 0).Except(Past);

    /// <summary>
    /// The windows in which something booked at an instant lands, opened where they have rolled. The instant is the book's time, which never
    /// goes back; a window once left is never opened again.
    /// </summary>
    public BudgetBucket[] Roll(DateTimeOffset at, TimeZoneInfo zone, ImmutableArray<BudgetPolicy> budgets)
    {
        if (at < _validUntil) return _current;

        _left?.RemoveAll(b => b.Holds == 0);
        var buckets = new BudgetBucket[Kinds.Length];
        for (var i = 0; i < Kinds.Length; i++)
        {
            var last = Newest(Kinds[i]);
            if (last is not null && at < last.End)
            {
                buckets[i] = last;
                continue;
            }
            var (start, end) = WindowCalendar.Containing(Kinds[i], at, zone);
            var carried = last is null ? Money.Zero : RollOver.Into(start, BudgetOf(Kinds[i], budgets), last, zone);
            buckets[i] = new BudgetBucket(Kinds[i], start, end) { RolledOver = carried };
            if (last is not null) Retire(last, at, budgets);
        }
        Use(buckets);
        return buckets;
    }

    /// <summary>Adds a correction to the windows in which it is booked, the newest; one below zero takes off.</summary>
    public void Correct(Money by)
    {
        foreach (var bucket in _current)
        {
            if (by.IsNegative) bucket.Refunded -= by;
            else bucket.Settled += by;
        }
        if (by.IsNegative) RollingBuckets.TakeOff(Money.Zero - by, [.. Past, .. _current]);
    }

    /// <summary>How a budget's window stands at an instant, which is the book's time or later. Changes nothing.</summary>
    public BudgetStanding Standing(BudgetPolicy budget, DateTimeOffset at, TimeZoneInfo zone)
    {
        var newest = Newest(RollingBuckets.KindOf(budget.Window));
        if (budget.Window.Kind == WindowKind.Rolling) return RollingBuckets.Sum(budget.Window, Past, newest, at);
        if (newest is not null && at < newest.End) return BudgetStanding.Of(newest);

        var (start, end) = WindowCalendar.Containing(budget.Window.Kind, at, zone);
        return new BudgetStanding
        {
            RolledOver = newest is null ? Money.Zero : RollOver.Into(start, budget, newest, zone),
            ResetsAt = end == WindowCalendar.Never ? null : end,
        };
    }

    /// <summary>What stops counting in a rolling window after an instant, and when, earliest first.</summary>
    public IEnumerable<(DateTimeOffset At, Money Amount)> Leaving(BudgetWindow window, DateTimeOffset at) =>
        RollingBuckets.Leaving(window, [.. Past, .. _current], at);

    /// <summary>The windows in which something booked at an instant landed: of each kind that had not ended then, the first to end.</summary>
    public BudgetBucket[] At(DateTimeOffset at) =>
        [.. _current.Concat(_left ?? []).Concat(Past).Where(b => b.End > at).GroupBy(b => b.Kind).Select(kind => kind.MinBy(b => b.End)!)];

    /// <summary>Takes the windows of a snapshot. Those that holds need are kept if the holds are restored before anything rolls.</summary>
    public void Restore(IReadOnlyCollection<BudgetBucket> buckets, IReadOnlyCollection<BudgetBucket> past)
    {
        _past = past.Count > 0 ? [.. past] : null;
        Use([.. buckets.GroupBy(b => b.Kind).Select(kind => kind.MaxBy(b => b.End)!)]);
        _left = buckets.Except(_current).Except(past).ToList() is { Count: > 0 } left ? left : null;
        // Windows that the snapshot lacks open with the next booking.
        if (_current.Length < Kinds.Length) _validUntil = DateTimeOffset.MinValue;
    }

    private BudgetBucket? Newest(WindowKind kind)
    {
        foreach (var bucket in _current)
            if (bucket.Kind == kind) return bucket;
        return null;
    }

    private static BudgetPolicy? BudgetOf(WindowKind kind, ImmutableArray<BudgetPolicy> budgets)
    {
        foreach (var budget in budgets)
            if (budget.Window.Kind == kind) return budget;
        return null;
    }

    private void Retire(BudgetBucket ended, DateTimeOffset at, ImmutableArray<BudgetPolicy> budgets)
    {
        var reach = RollingBuckets.Reach(ended.Kind, budgets.AsSpan());
        _past?.RemoveAll(b => b.Kind == ended.Kind && b.End + reach <= at);
        if (ended.End + reach > at) (_past ??= []).Add(ended);
        if (ended.Holds > 0) (_left ??= []).Add(ended);
    }

    private void Use(BudgetBucket[] buckets)
    {
        _current = buckets;
        _validUntil = buckets.Length == 0 ? DateTimeOffset.MinValue : buckets.Min(b => b.End);
    }
}
