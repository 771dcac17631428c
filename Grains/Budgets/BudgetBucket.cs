namespace OrleansGateway;

/// <summary>What was spent and is held in one calendar window of one scope.</summary>
internal sealed class BudgetBucket(WindowKind kind, DateTimeOffset start, DateTimeOffset end)
{
    // There may be a hundred thousand end users with six windows each: two ticks take half the room of two instants.
    private readonly long _start = start.UtcTicks;
    private readonly long _end = end.UtcTicks;

    public WindowKind Kind { get; } = kind;

    public DateTimeOffset Start => new(_start, TimeSpan.Zero);

    public DateTimeOffset End => new(_end, TimeSpan.Zero);

    public Money Settled { get; set; }

    public Money Absorbed { get; set; }

    public Money Held { get; set; }

    public Money Suspense { get; set; }

    /// <summary>Taken off again by adjustments booked in this window.</summary>
    public Money Refunded { get; set; }

    /// <summary>What adjustments booked in this window or a later one took off what is settled here, for rolling budgets.</summary>
    public Money TakenOff { get; set; }

    /// <summary>What the window before left unspent and this one may spend on top of its limit.</summary>
    public Money RolledOver { get; init; }

    /// <summary>The alert thresholds that were crossed in this window; null for none.</summary>
    public IReadOnlyList<decimal>? Alerted { get; set; }

    /// <summary>Holds made in it that have not ended: for as long it is kept.</summary>
    public int Holds { get; set; }

    /// <summary>All that counts against a limit.</summary>
    public Money Counted => Settled + Absorbed + Held + Suspense - Refunded;

    /// <summary>All that counts against a rolling limit.</summary>
    public Money CountedRolling => Settled + Absorbed + Held + Suspense - TakenOff;

    /// <summary>Notes that a threshold was crossed; false when it was before.</summary>
    public bool MarkAlert(decimal share)
    {
        if (Alerted?.Contains(share) == true) return false;
        Alerted = [.. Alerted ?? [], share];
        return true;
    }
}
