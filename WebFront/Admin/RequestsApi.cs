namespace OrleansGateway.Admin;

/// <summary>One request of a tenant, as its caller sees it too: <c>/tenants/{tenant}/requests/{id}</c>.</summary>
internal sealed class RequestsApi(TenantDirectory directory, IGrainFactory grains, TimeProvider time)
{
    public async Task<IResult> GetAsync(HttpRequest request, string tenant, string id)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (!(await directory.FindAsync(tenant)).Is(out _, out var problem)) return problem;
        return await RequestEndpoint.FindAsync(grains.GetGrain<ITenantGrain>(tenant), id, time) is { } report
            ? AdminAnswer.Ok(RequestJson.Of(report))
            : AdminProblem.UnknownRequest(tenant, id);
    }
}
