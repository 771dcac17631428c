using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Keeps the ids of all tenants in order.</summary>
[GrainType("tenant-index")]
internal sealed class TenantIndexGrain([PersistentState("tenant-index", TenantBook.SnapshotStore)] IPersistentState<TenantIndexState> state) : Grain, ITenantIndexGrain
{
    public Task Add(string tenantId)
    {
        var ids = state.State.TenantIds;
        return ids.Contains(tenantId) ? Task.CompletedTask : state.Keep(this, new TenantIndexState { TenantIds = ids.Add(tenantId) });
    }

    public async Task Restore(string tenantId)
    {
        var known = state.State.TenantIds.Add(tenantId);
        await state.ReadStateAsync();
        if (!known.IsSubsetOf(state.State.TenantIds)) await state.Keep(this, new TenantIndexState { TenantIds = known.Union(state.State.TenantIds) });
    }

    public Task<ImmutableArray<string>> Page(string? after, int limit)
    {
        var ids = state.State.TenantIds;
        var first = 0;
        if (after is not null)
        {
            first = ids.IndexOf(after);
            first = first < 0 ? ~first : first + 1;
        }
        var page = ImmutableArray.CreateBuilder<string>(Math.Min(limit, Math.Max(0, ids.Count - first)));
        for (var i = first; i < ids.Count && page.Count < limit; i++) page.Add(ids[i]);
        return Task.FromResult(page.DrainToImmutable());
    }
}

/// <summary>What is stored of the index.</summary>
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
