namespace OrleansGateway.Admin;

/// <summary>How a tenant's book stands in its store, and what operators do when a part of it is lost: <c>/tenants/{tenant}/book</c>.</summary>
internal sealed class BookApi(IGrainFactory grains, AdminAudit audit)
{
    public async Task<IResult> GetAsync(HttpRequest request, string tenant)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        return Answer(tenant, TenantDirectory.IsTenantId(tenant) ? await Book(tenant).Status() : null);
    }

    public async Task<IResult> RecoverAsync(HttpRequest request, string tenant)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (IfMatch.Refuse(request) is { } unwanted) return unwanted;
        if (!TenantDirectory.IsTenantId(tenant)) return AdminProblem.UnknownTenant(tenant);
        if (!(await AdminBody.ReadAsync<RecoverySettings>(request, static _ => null)).Is(out var settings, out var problem)) return problem;
        if (settings.Faults() is { Count: > 0 } faults) return AdminProblem.InvalidValue(faults);
        if (settings.Action == RecoverySettings.Recheck) return Answer(tenant, await Book(tenant).Recheck());

        switch (await Book(tenant).AcceptLoss(settings.Reason!, settings.Actor!))
        {
            case AdminOutcome<BookStatus>.Done(var status):
                audit.OnRecovery(tenant, status, settings.Actor!, settings.Reason!);
                return AdminAnswer.Ok(status);
            case AdminOutcome<BookStatus>.Conflict(var detail):
                return new AdminProblem(ProblemKind.Conflict, detail);
            default:
                return AdminProblem.UnknownTenant(tenant);
        }
    }

    private ITenantBookGrain Book(string tenant) => grains.GetGrain<ITenantBookGrain>(tenant);

    private static IResult Answer(string tenant, BookStatus? status) => status is null ? AdminProblem.UnknownTenant(tenant) : AdminAnswer.Ok(status);
}
