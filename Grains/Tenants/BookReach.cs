namespace OrleansGateway;

/// <summary>How far a tenant's book is known to go, for what is stored beside its snapshot: no state can be the fold of more.</summary>
internal sealed class BookReach(IBook book, string tenantId)
{
    /// <summary>Entries that the book is known to have.</summary>
    public long Known { get; set; }

    /// <summary>
    /// Throws when a state goes further than is known: then another activation stored it and this one is stale, or the store has lost entries.
    /// </summary>
    public async Task CheckAsync(long seq)
    {
        if (seq <= Known) return;
        var count = await book.CountAsync(tenantId, CancellationToken.None);
        if (seq <= count) throw new StaleActivationException($"Tenant '{tenantId}' was written by another activation.");
        throw new StoreUnavailableException($"The book of tenant '{tenantId}' has {count} entries and a state beside its snapshot {seq}: the store has lost data; restore it before serving this tenant.");
    }
}
