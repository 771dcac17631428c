namespace OrleansGateway.Admin;

/// <summary>A tenant's limits and budgets as they stand now: <c>/tenants/{tenant}/quota</c>.</summary>
internal sealed class QuotaApi(TenantDirectory directory, IGrainFactory grains)
{
    public async Task<IResult> GetAsync(HttpRequest request, string tenant)
    {
        var query = new AdminQuery(request, "user", "key");
        var user = query.Text("user", EndUserName.MaxLength);
        var key = query.Text("key", maxLength: 64);
        if (query.Problem is { } wrongQuery) return wrongQuery;
        if (!(await directory.FindAsync(tenant)).Is(out _, out var problem)) return problem;
        if (key is not null && !(await directory.FindKeyAsync(tenant, key)).Is(out _, out problem)) return problem;

        return AdminAnswer.Ok(await grains.GetGrain<ITenantGrain>(tenant).Quota(key, user));
    }
}
