namespace OrleansGateway;

/// <summary>
/// Tells whether the store is still the one that this process met at its start. An emptied or exchanged store has no books, which must never be
/// taken for tenants that were not opened yet.
/// </summary>
internal interface IStoreMark
{
    /// <summary>The mark that the store has now, or null when it is the one remembered.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    Task<string?> ForeignAsync();
}
