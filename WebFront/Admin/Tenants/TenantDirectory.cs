using System.Text.RegularExpressions;

namespace OrleansGateway.Admin;

/// <summary>Finds tenants and their keys. Text that cannot be an id finds nothing and reaches no grain.</summary>
internal sealed partial class TenantDirectory(IGrainFactory grains)
{
    // Each activation reads its book: a page must not start a thousand at once.
    private const int FindAtOnce = 32;

    public static bool IsTenantId(string text) => TenantId().IsMatch(text);

    public ITenantAdminGrain Admin(string tenant) => grains.GetGrain<ITenantAdminGrain>(tenant);

    public ITenantVersionGrain Version(string tenant) => grains.GetGrain<ITenantVersionGrain>(tenant);

    public async Task<Read<TenantRecord>> FindAsync(string tenant) =>
        IsTenantId(tenant) && await Admin(tenant).Find() is { } record ? record : AdminProblem.UnknownTenant(tenant);

    public async Task<Read<ApiKeyRecord>> FindKeyAsync(string tenant, string key)
    {
        if (!(await FindAsync(tenant)).Is(out _, out var problem)) return problem;
        if (!KeyId().IsMatch(key)) return AdminProblem.UnknownKey(tenant, key);
        var keys = await Admin(tenant).Keys();
        return keys.FirstOrDefault(record => record.Id == key) is { } found ? found : AdminProblem.UnknownKey(tenant, key);
    }

    /// <summary>A page of tenants in the order of their ids, and the cursor of the next page.</summary>
    public async Task<(IReadOnlyList<TenantRecord> Tenants, string? NextCursor)> PageAsync(string? after, int limit)
    {
        var ids = await grains.GetGrain<ITenantIndexGrain>(0).Page(after, limit + 1);
        var page = ids.Length > limit ? ids[..limit] : ids;
        var tenants = new List<TenantRecord>(page.Length);
        foreach (var some in page.Chunk(FindAtOnce))
            tenants.AddRange((await Task.WhenAll(some.Select(id => Admin(id).Find()))).OfType<TenantRecord>());
        return (tenants, ids.Length > limit ? page[^1] : null);
    }

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z")]
    private static partial Regex TenantId();

    [GeneratedRegex(@"^k_[0-9A-Za-z]{8}\z")]
    private static partial Regex KeyId();
}
