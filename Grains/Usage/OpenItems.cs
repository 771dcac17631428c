namespace OrleansGateway;

/// <summary>What a book leaves open for reconciliation: holds in suspense, and what reconciliations have corrected so far.</summary>
internal sealed class OpenItems
{
    private readonly Dictionary<HoldId, BookEntry.Suspended> _suspended = [];
    private readonly Dictionary<ReconciledUsage, ReconciledSum> _reconciled = [];

    public IEnumerable<BookEntry.Suspended> Suspended => _suspended.Values;

    public IEnumerable<ReconciledSum> Reconciled => _reconciled.Values;

    /// <summary>Takes an entry's share; says whether it changed anything.</summary>
    public bool Fold(BookEntry entry)
    {
        switch (entry)
        {
            case BookEntry.Suspended suspended:
                return _suspended.TryAdd(suspended.Hold, suspended);
            case BookEntry.Posted or BookEntry.Voided:
                return _suspended.Remove(((BookEntry.OfHold)entry).Hold);
            case BookEntry.Adjusted { Adjustment: { Reconciles: { } usage } adjustment }:
                var sum = _reconciled.GetValueOrDefault(usage) ?? new ReconciledSum(usage, 0, Money.Zero);
                _reconciled[usage] = sum with { Corrections = sum.Corrections + 1, AmountUsd = sum.AmountUsd + adjustment.Invoiced };
                return true;
            default:
                return false;
        }
    }

    public void Restore(UsageOpenState state)
    {
        foreach (var suspended in state.Suspended) _suspended[suspended.Hold] = suspended;
        foreach (var sum in state.Reconciled) _reconciled[sum.Usage] = sum;
    }
}
