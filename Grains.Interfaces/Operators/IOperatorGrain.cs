namespace OrleansGateway;

/// <summary>What a new installation needs before anyone can administer it; one activation, key 0.</summary>
[GrainInterfaceType("operator"), Alias("operator")]
public interface IOperatorGrain : IGrainWithIntegerKey
{
    /// <summary>Whether no first start has been claimed yet.</summary>
    [Alias("is-first-start")]
    Task<bool> IsFirstStart();

    /// <summary>Whether the hash of a generated admin key is known.</summary>
    [Alias("has-admin-key")]
    Task<bool> HasAdminKey();

    /// <summary>Whether this is the first start on this store: true exactly once in its life.</summary>
    [Alias("claim-first-start")]
    Task<bool> ClaimFirstStart();

    /// <summary>
    /// Remembers the hash of a generated admin key if none is known yet, and says whether it is the one that is known: asking again is safe.
    /// </summary>
    [Alias("claim-admin-key")]
    Task<bool> ClaimAdminKey(ApiKeyHash generated);

    /// <summary>Whether a hash is that of the generated admin key.</summary>
    [Alias("verify")]
    Task<bool> Verify(ApiKeyHash shown);
}
