namespace OrleansGateway;

/// <summary>
/// Finds the tenant of an api key; keyed by the key's id (<c>k_…</c>). The tenant's book is the truth about a key, this is the
/// index to it: a key that the book calls revoked is denied whatever stands here.
/// </summary>
[GrainInterfaceType("api-key"), Alias("api-key")]
public interface IApiKeyGrain : IGrainWithStringKey
{
    /// <summary>Who the key is, or null when there is no such key.</summary>
    [Alias("find")]
    Task<ApiKeyIdentity?> Find();

    /// <summary>Takes the id for a new key; false when it is taken by another. Idempotent for an equal identity.</summary>
    [Alias("bind")]
    Task<bool> Bind(ApiKeyIdentity identity);

    /// <summary>Replaces what is known of a bound key, unless that is newer. Idempotent.</summary>
    [Alias("update")]
    Task Update(ApiKeyIdentity identity);

    /// <summary>The same after a store lost data: whatever is in memory, it is in the store when this returns. Idempotent.</summary>
    [Alias("restore")]
    Task Restore(ApiKeyIdentity identity);
}
