using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>One page of the list of tenants. Asked by <see cref="TenantIndexGrain"/> only, which knows what belongs on it.</summary>
[GrainInterfaceType("tenant-index-page"), Alias("tenant-index-page")]
internal interface ITenantIndexPageGrain : IGrainWithIntegerKey
{
    /// <summary>Adds a tenant and says how many there are then. Idempotent.</summary>
    [Alias("add")]
    Task<int> Add(string tenantId);

    /// <summary>The same after a store lost data: all that the page knows is in the store when this returns. Idempotent.</summary>
    [Alias("restore")]
    Task<int> Restore(string tenantId);

    /// <summary>All that are on it, in ordinal order.</summary>
    [Alias("ids")]
    Task<ImmutableArray<string>> Ids();

    /// <summary>Has these and no others. Idempotent.</summary>
    [Alias("keep")]
    Task Keep(ImmutableArray<string> tenantIds);

    /// <summary>Has none before <paramref name="first"/> and, where it is not null, none from <paramref name="until"/> on. Idempotent.</summary>
    [Alias("trim")]
    Task Trim(string first, string? until);
}

/// <inheritdoc cref="ITenantIndexPageGrain"/>
[GrainType("tenant-index-page")]
internal sealed class TenantIndexPageGrain([PersistentState("tenant-index-page", TenantBook.SnapshotStore)] IPersistentState<TenantIndexState> state) : Grain, ITenantIndexPageGrain
{
    public Task<int> Add(string tenantId) => Write(state.State.TenantIds.Add(tenantId));

    public async Task<int> Restore(string tenantId)
    {
        var known = state.State.TenantIds.Add(tenantId);
        await state.ReadStateAsync();
        return await Write(known.Union(state.State.TenantIds));
    }

    public Task<ImmutableArray<string>> Ids() => Task.FromResult(state.State.TenantIds.ToImmutableArray());

    public Task Keep(ImmutableArray<string> tenantIds) => Write(tenantIds.ToImmutableSortedSet(StringComparer.Ordinal));

    public Task Trim(string first, string? until)
    {
        var range = new TenantIndexRange(first, until, null);
        return Write(state.State.TenantIds.Except(state.State.TenantIds.Where(id => !range.Has(id))));
    }

    private async Task<int> Write(ImmutableSortedSet<string> ids)
    {
        if (!ids.SetEquals(state.State.TenantIds)) await state.Keep(this, new TenantIndexState { TenantIds = ids });
        return ids.Count;
    }
}

/// <summary>Ids of tenants, as they are stored.</summary>
internal sealed record TenantIndexState
{
    private static readonly ImmutableSortedSet<string> Empty = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    private readonly ImmutableSortedSet<string> _tenantIds = Empty;

    public ImmutableSortedSet<string> TenantIds
    {
        get => _tenantIds;
        init => _tenantIds = value.WithComparer(StringComparer.Ordinal);
    }
}
