using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>The list of tenants, for operators; one activation, key 0. Never asked on a request's path.</summary>
[GrainInterfaceType("tenant-index"), Alias("tenant-index")]
public interface ITenantIndexGrain : IGrainWithIntegerKey
{
    /// <summary>Adds a tenant. Idempotent.</summary>
    [Alias("add")]
    Task Add(string tenantId);

    /// <summary>The same after a store lost data: all that the index knows is in the store when this returns. Idempotent.</summary>
    [Alias("restore")]
    Task Restore(string tenantId);

    /// <summary>Up to <paramref name="limit"/> ids in ordinal order after <paramref name="after"/> (null: from the first).</summary>
    [Alias("page")]
    Task<ImmutableArray<string>> Page(string? after, int limit);
}
