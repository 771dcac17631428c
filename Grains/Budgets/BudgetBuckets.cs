namespace OrleansGateway;

/// <summary>What was spent and is held in one window of one scope.</summary>
internal sealed class BudgetBucket(BudgetWindow kind, DateTimeOffset start, DateTimeOffset end)
{
    public BudgetWindow Kind { get; } = kind;

    public DateTimeOffset Start { get; } = start;

    public DateTimeOffset End { get; } = end;

    public Money Settled { get; set; }

    public Money Absorbed { get; set; }

    public Money Held { get; set; }

    public Money Suspense { get; set; }

    /// <summary>How many of the budget's alert thresholds were crossed in this window.</summary>
    public int AlertsRaised { get; set; }

    /// <summary>All that counts against a limit.</summary>
    public Money Counted => Settled + Absorbed + Held + Suspense;

    public bool Contains(DateTimeOffset at) => at >= Start && at < End;
}

/// <summary>
/// The windows of one scope, of every kind whether or not a budget names it, so that a budget set up in the middle of a month knows what
/// the month has cost. Windows roll when someone looks; one that has rolled lives on in the holds made in it, and late postings land there.
/// </summary>
internal sealed class BudgetBuckets
{
    private static readonly BudgetWindow[] Kinds = Enum.GetValues<BudgetWindow>();

    private BudgetBucket[]? _current;
    private DateTimeOffset _validUntil;

    /// <summary>The windows containing an instant, by kind. An instant before the newest windows (a clock set back) gets those.</summary>
    public BudgetBucket[] At(DateTimeOffset at, TimeZoneInfo zone)
    {
        if (_current is not null && at < _validUntil) return _current;

        var buckets = new BudgetBucket[Kinds.Length];
        foreach (var kind in Kinds)
            buckets[(int)kind] = _current is not null && at < _current[(int)kind].End ? _current[(int)kind] : Open(kind, at, zone);
        return Use(buckets);
    }

    /// <summary>The current windows as they stand, for a snapshot; empty before the first look.</summary>
    public IReadOnlyList<BudgetBucket> Current => _current ?? [];

    /// <summary>Takes the windows of a snapshot; a kind that it lacks opens when someone looks.</summary>
    public void Restore(IReadOnlyCollection<BudgetBucket> buckets, DateTimeOffset at, TimeZoneInfo zone)
    {
        var restored = new BudgetBucket[Kinds.Length];
        foreach (var kind in Kinds)
            restored[(int)kind] = buckets.Where(b => b.Kind == kind).MaxBy(b => b.Start) ?? Open(kind, at, zone);
        Use(restored);
    }

    private static BudgetBucket Open(BudgetWindow kind, DateTimeOffset at, TimeZoneInfo zone)
    {
        var (start, end) = WindowCalendar.Containing(kind, at, zone);
        return new BudgetBucket(kind, start, end);
    }

    private BudgetBucket[] Use(BudgetBucket[] buckets)
    {
        _current = buckets;
        _validUntil = buckets.Min(b => b.End);
        return buckets;
    }
}
