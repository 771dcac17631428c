namespace OrleansGateway;

/// <summary>What a new installation needs before anyone can administer it; one activation, key 0.</summary>
[GrainInterfaceType("operator"), Alias("operator")]
public interface IOperatorGrain : IGrainWithIntegerKey
{
    /// <summary>Whether this is the first start on this store: true exactly once in its life.</summary>
    [Alias("claim-first-start")]
    Task<bool> ClaimFirstStart();

    /// <summary>
    /// Remembers the hash of a generated admin key if none is known yet, and says whether it did: true exactly once in the life of a store.
    /// </summary>
    [Alias("claim-admin-key")]
    Task<bool> ClaimAdminKey(ApiKeyHash generated);

    /// <summary>Whether a hash is that of the generated admin key.</summary>
    [Alias("verify")]
    Task<bool> Verify(ApiKeyHash shown);
}
