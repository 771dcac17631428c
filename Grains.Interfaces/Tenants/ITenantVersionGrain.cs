namespace OrleansGateway;

/// <summary>
/// What operators do only while a version is still the one that they have seen; the same grain as <see cref="ITenantAdminGrain"/>, apart from it because silos
/// of an earlier release do not have it. When the version is another, each is an <see cref="AdminOutcome{T}.Conflict"/> and nothing was done.
/// </summary>
[GrainInterfaceType("tenant-version"), Alias("tenant-version")]
public interface ITenantVersionGrain : IGrainWithStringKey
{
    /// <summary>As <see cref="ITenantAdminGrain.RevokeKey"/>, of a version of the key.</summary>
    [Alias("revoke-key")]
    Task<AdminOutcome<ApiKeyRecord>> RevokeKey(string keyId, long? ifVersion);

    /// <summary>As <see cref="ITenantAdminGrain.RotateKey"/>, of a version of the key, which a rotation always changes.</summary>
    [Alias("rotate-key")]
    Task<AdminOutcome<IssuedApiKey>> RotateKey(string keyId, TimeSpan grace, long? ifVersion);

    /// <summary>As <see cref="ITenantAdminGrain.Adjust"/>, of a version of the tenant, which an adjustment does not change.</summary>
    [Alias("adjust")]
    Task<AdminOutcome<Adjustment>> Adjust(Adjustment adjustment, long? ifVersion);
}
