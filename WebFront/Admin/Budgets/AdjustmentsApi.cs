namespace OrleansGateway.Admin;

/// <summary>Money that operators book beside what requests cost: <c>/tenants/{tenant}/adjustments</c>.</summary>
internal sealed class AdjustmentsApi(TenantDirectory directory, AdminAudit audit)
{
    public async Task<IResult> BookAsync(HttpRequest request, string tenant)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (!IfMatch.Of(request).Is(out var ifMatch, out var problem)) return problem;
        if (!(await directory.FindAsync(tenant)).Is(out var record, out problem)) return problem;
        if (!(await AdminBody.ReadAsync<AdjustmentSettings>(request, AdjustmentSettings.Explain)).Is(out var settings, out problem)) return problem;
        if (!ifMatch.Matches(record.Version)) return AdminProblem.StaleVersion(EntityTag.Of(record.Version));

        var adjustment = settings.ToAdjustment();
        switch (ifMatch.IsGiven ? await directory.Version(tenant).Adjust(adjustment, record.Version) : await directory.Admin(tenant).Adjust(adjustment))
        {
            case AdminOutcome<Adjustment>.Done(var booked):
                audit.OnAdjustment(tenant, booked);
                // The tenant's, which an adjustment leaves as it is.
                return new AdminAnswer(StatusCodes.Status201Created, booked, EntityTag.Of(record.Version));
            case AdminOutcome<Adjustment>.Conflict(var detail):
                if (!(await directory.FindAsync(tenant)).Is(out record, out problem)) return problem;
                return ifMatch.Matches(record.Version) ? new AdminProblem(ProblemKind.Conflict, detail) : AdminProblem.StaleVersion(EntityTag.Of(record.Version));
            case AdminOutcome<Adjustment>.Invalid(var faults):
                return AdminProblem.InvalidValue(faults);
            default:
                return AdminProblem.UnknownTenant(tenant);
        }
    }
}
