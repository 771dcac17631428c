using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// Keeps the ids of all tenants in order: the first thousand in one record, as every release reads it, the rest in pages (<see cref="TenantIndexPageGrain"/>), so that what is
/// written for one more tenant does not grow with their number. Only here it is decided which page an id is on; what a page has beyond its range, because a split was cut
/// short, counts nowhere.
/// </summary>
[GrainType("tenant-index")]
internal sealed class TenantIndexGrain(
    [PersistentState("tenant-index", TenantBook.SnapshotStore)] IPersistentState<TenantIndexState> first,
    [PersistentState("tenant-index-pages", TenantBook.SnapshotStore)] IPersistentState<TenantIndexPages> pages,
    Random random)
    : Grain, ITenantIndexGrain
{
    /// <summary>Ids in a record; a page that has one more becomes two.</summary>
    public const int PageSize = 1_000;

    public Task Add(string tenantId) => Put(tenantId, page => page.Add(tenantId));

    public async Task Restore(string tenantId)
    {
        var (ids, known) = (first.State.TenantIds, pages.State);
        await first.ReadStateAsync();
        if (!ids.IsSubsetOf(first.State.TenantIds)) await first.Keep(this, new TenantIndexState { TenantIds = ids.Union(first.State.TenantIds) });
        await pages.ReadStateAsync();
        if (known.First.Any(page => !pages.State.First.Contains(page))) await pages.Keep(this, new TenantIndexPages { First = pages.State.First.SetItems(known.First) });
        await Put(tenantId, page => page.Restore(tenantId));
    }

    public async Task<ImmutableArray<string>> Page(string? after, int limit)
    {
        var ids = ImmutableArray.CreateBuilder<string>();
        foreach (var range in pages.State.Ranges())
        {
            if (ids.Count == limit) break;
            if (after is not null && range.Until is { } until && string.CompareOrdinal(until, after) <= 0) continue;
            var here = range.Page is { } page ? await GrainFactory.GetGrain<ITenantIndexPageGrain>(page).Ids() : [];
            var both = new SortedSet<string>(here.Concat(first.State.TenantIds).Where(range.Has), StringComparer.Ordinal);
            ids.AddRange(both.Where(id => string.CompareOrdinal(id, after) > 0).Take(limit - ids.Count));
        }
        return ids.DrainToImmutable();
    }

    private Task Put(string tenantId, Func<ITenantIndexPageGrain, Task<int>> put)
    {
        var ids = first.State.TenantIds;
        if (ids.Contains(tenantId)) return Task.CompletedTask;
        return ids.Count < PageSize && pages.State.First.IsEmpty ? first.Keep(this, new TenantIndexState { TenantIds = ids.Add(tenantId) }) : PutOnPage(tenantId, put);
    }

    private async Task PutOnPage(string tenantId, Func<ITenantIndexPageGrain, Task<int>> put)
    {
        TenantIndexRange range;
        int count;
        do
        {
            if (pages.State.First.IsEmpty) await pages.Keep(this, TenantIndexPages.One);
            range = pages.State.RangeOf(tenantId);
            count = await put(PageOf(range));
            // Had another activation split the page before, the id may be on the wrong one; a split that comes after takes it along.
            await pages.ReadStateAsync();
        }
        while (pages.State.RangeOf(tenantId) != range);
        if (count > PageSize) await Split(range);
    }

    private async Task Split(TenantIndexRange range)
    {
        var ids = (await PageOf(range).Ids()).RemoveAll(id => !range.Has(id));
        if (ids.Length > PageSize)
        {
            // A number that no other split takes: what one that was cut short has left behind is never read.
            var (half, page) = (ids.Length / 2, random.NextInt64(2, long.MaxValue));
            await GrainFactory.GetGrain<ITenantIndexPageGrain>(page).Keep(ids[half..]);
            await pages.Keep(this, new TenantIndexPages { First = pages.State.First.Add(ids[half], page) });
            range = range with { Until = ids[half] };
        }
        await PageOf(range).Trim(range.First, range.Until);
    }

    private ITenantIndexPageGrain PageOf(TenantIndexRange range) => GrainFactory.GetGrain<ITenantIndexPageGrain>(range.Page!.Value);
}
