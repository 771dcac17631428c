namespace OrleansGateway;

/// <summary>
/// The append-only books of all tenants, in one store. An append is atomic and conditional on the count, which is what makes two
/// activations of one tenant harmless: the one that is behind can append nothing (docs/adr/0002).
/// </summary>
public interface IBook
{
    /// <summary>How many entries the tenant's book has; 0 when there is none.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    Task<long> CountAsync(string tenantId, CancellationToken cancellationToken);

    /// <summary>
    /// Appends all entries if the book has exactly <paramref name="expectedCount"/>, and none otherwise. Durable when it returns. The
    /// first entry gets sequence number <paramref name="expectedCount"/> + 1. Entries must differ from all others that could be
    /// written (they name holds and versions): after an unknown outcome the same call may be repeated, and an append that turns
    /// out to be there already counts as done.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Not confirmed; whether it landed, or still will, is unknown.</exception>
    Task<AppendOutcome> AppendAsync(string tenantId, long expectedCount, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken);

    /// <summary>Entries with sequence numbers from <paramref name="firstSeq"/> (1 is the first) up to the end, in order.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer, or an entry below the count is missing.</exception>
    /// <remarks>It costs what it gives, wherever in the book that begins. What is appended meanwhile is not given.</remarks>
    IAsyncEnumerable<RawEntry> ReadAsync(string tenantId, long firstSeq, CancellationToken cancellationToken);

    /// <summary>One entry, found without reading others; null when the book has none of that number. <see cref="BookSearch"/> looks by time with it.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer, or the entry is missing though it is below the count.</exception>
    Task<RawEntry?> FindAsync(string tenantId, long seq, CancellationToken cancellationToken);
}

/// <summary>One entry as it is stored.</summary>
public readonly record struct RawEntry(long Seq, ReadOnlyMemory<byte> Bytes);

/// <summary>What became of an append.</summary>
/// <param name="Appended">Whether the entries are in the book.</param>
/// <param name="Count">The book's count now: below the expected one, the store has lost entries.</param>
public readonly record struct AppendOutcome(bool Appended, long Count);
