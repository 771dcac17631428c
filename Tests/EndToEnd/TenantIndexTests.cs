using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>The list of tenants, when they are more than one record takes.</summary>
public sealed class TenantIndexTests
{
    private const int Many = (3 * TenantIndexGrain.PageSize) + 500;

    [Fact]
    public async Task Thousands_of_tenants_are_listed_in_order_and_each_is_written_with_no_more_than_a_page()
    {
        await using var gateway = await TestGateway.StartAsync();
        var index = Index(gateway);
        var ids = Ids(Many);
        await AddAsync(index, ids);

        Assert.Equal(ids, await ListedAsync(index, 700));
        Assert.Equal(ids[TenantIndexGrain.PageSize..][..10], await index.Page(ids[TenantIndexGrain.PageSize - 1], 10));
        Assert.Empty(await index.Page(ids[^1], 10));

        // As every release reads them, and then pages, none of them too large.
        Assert.Equal(TenantIndexGrain.PageSize, (await StoredAsync<TenantIndexState>(gateway, "tenant-index", index.GetGrainId())).TenantIds.Count);
        var pages = (await StoredAsync<TenantIndexPages>(gateway, "tenant-index-pages", index.GetGrainId())).First;
        Assert.InRange(pages.Count, 3, 6);
        foreach (var page in pages.Values)
            Assert.InRange((await StoredAsync<TenantIndexState>(gateway, "tenant-index-page", Page(gateway, page).GetGrainId())).TenantIds.Count, 1, TenantIndexGrain.PageSize);

        // Again changes nothing.
        await AddAsync(index, [.. ids.Where((_, i) => i % 100 == 0)]);
        Assert.Equal(ids, await ListedAsync(index, 1_000));
    }

    [Fact]
    public async Task What_an_older_release_had_in_one_record_stays_and_is_listed_among_the_rest()
    {
        await using var gateway = await TestGateway.StartAsync();
        var index = Index(gateway);
        var older = Ids(2_000);
        var state = new GrainState<TenantIndexState>
        {
            State = new TenantIndexState { TenantIds = [.. older.Where((_, i) => i % 2 == 0), .. older.Where((_, i) => i % 2 == 1 && i > 1_000)] },
        };
        await Snapshots(gateway).WriteStateAsync("tenant-index", index.GetGrainId(), state);

        await AddAsync(index, [.. older.Where((_, i) => i % 2 == 1)]);

        Assert.Equal(older, await ListedAsync(index, 300));
    }

    [Fact]
    public async Task What_a_split_that_was_cut_short_left_behind_is_not_listed_twice_and_goes_with_the_next()
    {
        await using var gateway = await TestGateway.StartAsync();
        var index = Index(gateway);
        var ids = Ids(Many);
        await AddAsync(index, ids);
        var ranges = (await StoredAsync<TenantIndexPages>(gateway, "tenant-index-pages", index.GetGrainId())).Ranges().ToList();

        // As if the second page had never been cut from the first.
        foreach (var id in await Page(gateway, ranges[1].Page!.Value).Ids()) await Page(gateway, ranges[0].Page!.Value).Add(id);
        Assert.Equal(ids, await ListedAsync(index, 1_000));

        await AddAsync(index, ["0"]);
        Assert.Equal(["0", .. ids], await ListedAsync(index, 1_000));
        Assert.All(await Page(gateway, ranges[0].Page!.Value).Ids(), id => Assert.True(ranges[0].Has(id)));
    }

    [Fact]
    public async Task What_a_store_has_lost_comes_back_with_the_tenants()
    {
        await using var gateway = await TestGateway.StartAsync();
        var index = Index(gateway);
        var ids = Ids(Many);
        await AddAsync(index, ids);
        var snapshots = Snapshots(gateway);
        var pages = (await StoredAsync<TenantIndexPages>(gateway, "tenant-index-pages", index.GetGrainId())).First;
        foreach (var page in pages.Values) await ClearAsync<TenantIndexState>("tenant-index-page", Page(gateway, page).GetGrainId());
        await ClearAsync<TenantIndexState>("tenant-index", index.GetGrainId());
        await ClearAsync<TenantIndexPages>("tenant-index-pages", index.GetGrainId());

        // One tenant of each page is enough for all that the page still knows.
        foreach (var id in ids.Where((_, i) => i % 200 == 0)) await index.Restore(id);

        Assert.Equal(ids, await ListedAsync(index, 1_000));
        Assert.Equal(pages, (await StoredAsync<TenantIndexPages>(gateway, "tenant-index-pages", index.GetGrainId())).First);

        async Task ClearAsync<T>(string name, GrainId grain)
            where T : new()
        {
            var stored = new GrainState<T>();
            await snapshots.ReadStateAsync(name, grain, stored);
            await snapshots.ClearStateAsync(name, grain, stored);
        }
    }

    private static ITenantIndexGrain Index(TestGateway gateway) => gateway.Services.GetRequiredService<IGrainFactory>().GetGrain<ITenantIndexGrain>(0);

    private static ITenantIndexPageGrain Page(TestGateway gateway, long page) => gateway.Services.GetRequiredService<IGrainFactory>().GetGrain<ITenantIndexPageGrain>(page);

    private static IGrainStorage Snapshots(TestGateway gateway) => gateway.Services.GetRequiredKeyedService<IGrainStorage>(TenantBook.SnapshotStore);

    private static async Task<T> StoredAsync<T>(TestGateway gateway, string name, GrainId grain)
        where T : new()
    {
        var stored = new GrainState<T>();
        await Snapshots(gateway).ReadStateAsync(name, grain, stored);
        return stored.State!;
    }

    private static string[] Ids(int count) => [.. Enumerable.Range(0, count).Select(i => "tenant-" + i.ToString("D6", CultureInfo.InvariantCulture))];

    /// <summary>In an order of the dice's, some at once.</summary>
    private static async Task AddAsync(ITenantIndexGrain index, string[] ids)
    {
        var shuffled = ids.ToArray();
        new Random(7).Shuffle(shuffled);
        foreach (var some in shuffled.Chunk(50)) await Task.WhenAll(some.Select(index.Add));
    }

    private static async Task<ImmutableArray<string>> ListedAsync(ITenantIndexGrain index, int limit)
    {
        var all = ImmutableArray.CreateBuilder<string>();
        for (string? after = null; ;)
        {
            var page = await index.Page(after, limit);
            all.AddRange(page);
            if (page.Length < limit) return all.ToImmutable();
            after = page[^1];
        }
    }
}
