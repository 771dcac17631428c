namespace OrleansGateway;

/// <summary>
/// Answers kept for callers who ask again with the same idempotency key: each for as long as its key is remembered, and then a little. They
/// stand beside the books in the same store, for an answer must be there before its call is posted.
/// </summary>
public interface IAnswerStore
{
    /// <summary>Keeps an answer, in place of one of the same hold. Durable when it returns.</summary>
    /// <exception cref="StoreUnavailableException">Not confirmed; whether it landed, or still will, is unknown.</exception>
    Task PutAsync(string tenantId, StoredAnswer answer, CancellationToken cancellationToken);

    /// <summary>The same unless the tenant would then have more than so many bytes here; false when it would, and nothing was changed.</summary>
    /// <exception cref="StoreUnavailableException">As above.</exception>
    Task<bool> TryPutAsync(string tenantId, StoredAnswer answer, long most, CancellationToken cancellationToken);

    /// <summary>The answer of a hold; null when there is none, or no longer.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    Task<StoredAnswer?> FindAsync(string tenantId, HoldId hold, CancellationToken cancellationToken);

    /// <summary>The answer that was kept last for an idempotency key; null when there is none, or no longer.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    Task<StoredAnswer?> FindByKeyAsync(string tenantId, string key, CancellationToken cancellationToken);
}

/// <summary>An answer as it is stored.</summary>
/// <param name="Hold">The hold that paid for it.</param>
/// <param name="Key">The idempotency key that asked for it.</param>
/// <param name="Bytes">What it was.</param>
public sealed record StoredAnswer(HoldId Hold, string Key, ReadOnlyMemory<byte> Bytes);
