namespace OrleansGateway;

/// <summary>How far a tenant's book is known to go, for what is stored beside its snapshot: no state can be the fold of more.</summary>
internal sealed class BookReach(IBook book, string tenantId)
{
    private BookRecovery? _recovery;
    private long _base;

    /// <summary>Entries that the book is known to have.</summary>
    public long Known { get; set; }

    /// <summary>While the book is folded: states from beyond its end are taken, and noted in <see cref="Ahead"/>.</summary>
    public bool Folding { get; set; }

    /// <summary>The furthest that a state went beyond the end; 0 when none did.</summary>
    public long Ahead { get; private set; }

    /// <summary>The book went on at a recovery. States that were stored before may count entries that it does not have.</summary>
    public void OnRecovery(BookRecovery? recovery, long foldedFrom)
    {
        if (recovery is null or { From: BookRecovery.Replay }) return;
        (_recovery, _base, Ahead) = (recovery, foldedFrom, 0);
    }

    /// <summary>
    /// Up to which entry a state goes. Throws when that is more than is known: then another activation stored it and this one is stale, or the
    /// store has lost entries.
    /// </summary>
    public async Task<long> CheckAsync(long seq)
    {
        // Counting an entry twice is the safe side, and only happens when a process died before its first snapshot after a recovery.
        if (_recovery is { Known: { } lost, Found: var found } && seq > found + 1 && seq <= lost && _base < lost) return found + 1;
        if (seq <= Known) return seq;
        if (Folding)
        {
            Ahead = Math.Max(Ahead, seq);
            return seq;
        }
        var count = await book.CountAsync(tenantId, CancellationToken.None);
        if (seq <= count) throw new StaleActivationException($"Tenant '{tenantId}' was written by another activation.");
        throw new StoreUnavailableException(
            $"The book of tenant '{tenantId}' has {count} entries and a state beside its snapshot {seq}: the store has lost data; restore it before serving this tenant.")
        { IsLoss = true };
    }
}
