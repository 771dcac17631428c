namespace OrleansGateway;

/// <summary>What a new installation needs before anyone can administer it; one activation, key 0.</summary>
[GrainInterfaceType("operator"), Alias("operator")]
public interface IOperatorGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Remembers the hash of the generated admin key if none is known yet, and says whether it did: true exactly once in the
    /// life of a store.
    /// </summary>
    [Alias("claim")]
    Task<bool> Claim(ApiKeyHash generated);

    /// <summary>Whether a hash is that of the generated admin key.</summary>
    [Alias("verify")]
    Task<bool> Verify(ApiKeyHash shown);
}
