namespace OrleansGateway.Admin;

/// <summary>Money that operators book beside what requests cost: <c>/tenants/{tenant}/adjustments</c>.</summary>
internal sealed class AdjustmentsApi(TenantDirectory directory, AdminAudit audit)
{
    public async Task<IResult> BookAsync(HttpRequest request, string tenant)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (!(await directory.FindAsync(tenant)).Is(out _, out var problem)) return problem;
        if (!(await AdminBody.ReadAsync<AdjustmentSettings>(request, AdjustmentSettings.Explain)).Is(out var settings, out problem)) return problem;

        switch (await directory.Admin(tenant).Adjust(settings.ToAdjustment()))
        {
            case AdminOutcome<Adjustment>.Done(var booked):
                audit.OnAdjustment(tenant, booked);
                return new AdminAnswer(StatusCodes.Status201Created, booked);
            case AdminOutcome<Adjustment>.Conflict(var detail):
                return new AdminProblem(ProblemKind.Conflict, detail);
            case AdminOutcome<Adjustment>.Invalid(var faults):
                return AdminProblem.InvalidValue(faults);
            default:
                return AdminProblem.UnknownTenant(tenant);
        }
    }
}
