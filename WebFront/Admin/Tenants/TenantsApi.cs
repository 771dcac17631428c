using System.Text.Json.Nodes;

namespace OrleansGateway.Admin;

/// <summary>Tenants and their policies: <c>/tenants</c>.</summary>
internal sealed class TenantsApi(TenantDirectory directory, AdminAudit audit)
{
    // Others may change the tenant between our read and our write; more often than this in a row, the operator should know.
    private const int MaxAttempts = 4;

    public async Task<IResult> CreateAsync(HttpRequest request)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (IfMatch.Refuse(request) is { } unwanted) return unwanted;
        if (!(await AdminBody.ReadAsync<TenantPolicy>(request, TenantJson.Explain)).Is(out var policy, out var problem)) return problem;
        if (!TenantDirectory.IsTenantId(policy.Id))
            return AdminProblem.InvalidValue([new("id", "Must be 1–63 of a–z, 0–9 and -, starting and ending with a letter or digit.")]);

        switch (await directory.Admin(policy.Id).Open(policy))
        {
            case AdminOutcome<TenantRecord>.Done(var tenant):
                audit.OnTenant("tenant.open", tenant);
                return AdminAnswer.Created(TenantJson.Of(tenant), EntityTag.Of(tenant.Version), $"{AdminEndpoints.Root}/tenants/{policy.Id}");
            case AdminOutcome<TenantRecord>.Conflict:
                return new AdminProblem(ProblemKind.TenantExists, $"There is a tenant {policy.Id} already; change it with PATCH.");
            case var refused:
                return Refusal(refused, policy.Id);
        }
    }

    public async Task<IResult> ListAsync(HttpRequest request)
    {
        var query = new AdminQuery(request, "cursor", "limit");
        var cursor = query.Text("cursor", maxLength: 63);
        if (cursor is not null && !TenantDirectory.IsTenantId(cursor)) query.Refuse("cursor", "Must be the nextCursor of an earlier page.");
        var limit = query.Limit();
        if (query.Problem is { } wrongQuery) return wrongQuery;

        var (tenants, nextCursor) = await directory.PageAsync(cursor, limit);
        return AdminAnswer.Ok(new JsonObject
        {
            ["tenants"] = new JsonArray([.. tenants.Select(TenantJson.Of)]),
            ["nextCursor"] = nextCursor,
        });
    }

    public async Task<IResult> GetAsync(HttpRequest request, string tenant)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        return (await directory.FindAsync(tenant)).Is(out var record, out var problem) ? Show(record) : problem;
    }

    public async Task<IResult> PatchAsync(HttpRequest request, string tenant)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (!IfMatch.Of(request).Is(out var ifMatch, out var problem)) return problem;
        if (!(await directory.FindAsync(tenant)).Is(out _, out problem)) return problem;
        if (!(await AdminBody.ReadPatchAsync<TenantPolicy>(request, TenantJson.Explain)).Is(out var patch, out problem)) return problem;
        if (patch.TryGetPropertyValue("id", out var id) && (id is null || id.GetValue<string>() != tenant))
            return AdminProblem.InvalidValue([new("id", "A tenant's id never changes.")]);
        return await ChangeAsync(tenant, patch, ifMatch, "tenant.change");
    }

    public async Task<IResult> SuspendAsync(HttpRequest request, string tenant)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (!IfMatch.Of(request).Is(out var ifMatch, out var problem)) return problem;
        if (await AdminBody.RefuseAsync(request) is { } unwanted) return unwanted;
        return await ChangeAsync(tenant, new JsonObject { ["status"] = "suspended" }, ifMatch, "tenant.suspend");
    }

    /// <summary>Merges a patch into the policy as it stands. A patch that changes nothing is not booked and makes no version.</summary>
    private async Task<IResult> ChangeAsync(string tenant, JsonObject patch, IfMatch ifMatch, string action)
    {
        AdminOutcome<TenantRecord>.Conflict? refused = null;
        long? triedVersion = null;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (!(await directory.FindAsync(tenant)).Is(out var current, out var problem)) return problem;
            if (!ifMatch.Matches(current.Version)) return AdminProblem.StaleVersion(EntityTag.Of(current.Version));
            if (current.Version == triedVersion) break;

            var before = TenantJson.Of(current.Policy);
            if (!AdminBody.Bind<TenantPolicy>(MergePatch.Apply(before, patch), TenantJson.Explain).Is(out var policy, out problem)) return problem;
            if (JsonNode.DeepEquals(before, TenantJson.Of(policy))) return Show(current);

            switch (await directory.Admin(tenant).Change(policy, current.Version))
            {
                case AdminOutcome<TenantRecord>.Done(var changed):
                    audit.OnTenant(action, changed);
                    return Show(changed);
                case AdminOutcome<TenantRecord>.Conflict conflict:
                    (refused, triedVersion) = (conflict, current.Version);
                    break;
                case var other:
                    return Refusal(other, tenant);
            }
        }

        return new AdminProblem(ProblemKind.Conflict, refused!.Detail);
    }

    private static AdminAnswer Show(TenantRecord tenant) => AdminAnswer.Ok(TenantJson.Of(tenant), EntityTag.Of(tenant.Version));

    private static AdminProblem Refusal(AdminOutcome<TenantRecord> outcome, string tenant) => outcome switch
    {
        AdminOutcome<TenantRecord>.NotFound => AdminProblem.UnknownTenant(tenant),
        AdminOutcome<TenantRecord>.Conflict(var detail) => new AdminProblem(ProblemKind.Conflict, detail),
        AdminOutcome<TenantRecord>.Invalid(var faults) => AdminProblem.InvalidValue(faults),
        _ => throw new InvalidOperationException($"A change cannot end as {outcome.GetType().Name} here."),
    };
}
