using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansGateway.Admin;

/// <summary>A tenant's api keys: <c>/tenants/{tenant}/keys</c>.</summary>
internal sealed class ApiKeysApi(TenantDirectory directory, AdminAudit audit, TimeProvider time)
{
    private const int MaxAttempts = 4;

    public async Task<IResult> CreateAsync(HttpRequest request, string tenant)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (IfMatch.Refuse(request) is { } unwanted) return unwanted;
        if (!(await directory.FindAsync(tenant)).Is(out _, out var problem)) return problem;
        if (!(await AdminBody.ReadAsync<ApiKeySettings>(request, ApiKeySettings.Explain, optional: true)).Is(out var settings, out problem)) return problem;

        var outcome = await directory.Admin(tenant).IssueKey(new ApiKeyChange
        {
            Name = settings.Name,
            ExpiresAt = settings.ExpiresAt,
            Policy = new ScopePolicy { Limits = settings.Limits, Budgets = settings.Budgets },
            AllowModels = settings.Models.Allow,
        });
        if (outcome is not AdminOutcome<IssuedApiKey>.Done(var issued)) return Refusal(outcome, AdminProblem.UnknownTenant(tenant));

        audit.OnKey("key.issue", tenant, issued.Record);
        return Created(tenant, issued.Record, IssuedApiKeyJson.Of(issued));
    }

    public async Task<IResult> ListAsync(HttpRequest request, string tenant)
    {
        var query = new AdminQuery(request, "cursor", "limit");
        var cursor = query.Text("cursor", maxLength: 64);
        var limit = query.Limit();
        if (query.Problem is { } wrongQuery) return wrongQuery;
        if (!(await directory.FindAsync(tenant)).Is(out _, out var problem)) return problem;

        var keys = await directory.Admin(tenant).Keys();
        var first = 0;
        if (cursor is not null)
        {
            // Keys are never removed, only revoked, so a page's last key still marks the place.
            first = keys.ToList().FindIndex(key => key.Id == cursor) + 1;
            if (first == 0) return AdminProblem.InvalidValue([new("cursor", "Must be the nextCursor of an earlier page.")]);
        }

        var now = time.GetUtcNow();
        var page = keys.Skip(first).Take(limit).Select(key => ApiKeyJson.Of(key, now)).ToList();
        return AdminAnswer.Ok(new ApiKeyPageJson(page, first + page.Count < keys.Length ? page[^1].Id : null));
    }

    public async Task<IResult> GetAsync(HttpRequest request, string tenant, string key)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        return (await directory.FindKeyAsync(tenant, key)).Is(out var record, out var problem) ? Show(record) : problem;
    }

    public async Task<IResult> PatchAsync(HttpRequest request, string tenant, string key)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (!IfMatch.Of(request).Is(out var ifMatch, out var problem)) return problem;
        if (!(await directory.FindKeyAsync(tenant, key)).Is(out _, out problem)) return problem;
        if (!(await AdminBody.ReadPatchAsync<ApiKeySettings>(request, ApiKeySettings.Explain)).Is(out var patch, out problem)) return problem;

        AdminOutcome<ApiKeyRecord>.Conflict? refused = null;
        long? triedVersion = null;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (!(await directory.FindKeyAsync(tenant, key)).Is(out var current, out problem)) return problem;
            if (!ifMatch.Matches(current.Version)) return AdminProblem.StaleVersion(EntityTag.Of(current.Version));
            if (current.Version == triedVersion) break;

            var before = Json(ApiKeySettings.Of(current));
            if (!AdminBody.Bind<ApiKeySettings>(MergePatch.Apply(before, patch), ApiKeySettings.Explain).Is(out var settings, out problem)) return problem;
            if (JsonNode.DeepEquals(before, Json(settings))) return Show(current);

            var outcome = await directory.Admin(tenant).ChangeKey(key, ToChange(patch, settings), current.Version);
            if (outcome is AdminOutcome<ApiKeyRecord>.Done(var changed))
            {
                audit.OnKey("key.change", tenant, changed);
                return Show(changed);
            }

            if (outcome is not AdminOutcome<ApiKeyRecord>.Conflict conflict) return Refusal(outcome, AdminProblem.UnknownKey(tenant, key));
            (refused, triedVersion) = (conflict, current.Version);
        }

        return new AdminProblem(ProblemKind.Conflict, refused!.Detail);
    }

    public async Task<IResult> RevokeAsync(HttpRequest request, string tenant, string key)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (!IfMatch.Of(request).Is(out var ifMatch, out var problem)) return problem;
        if (await AdminBody.RefuseAsync(request) is { } unwanted) return unwanted;
        if (!(await directory.FindKeyAsync(tenant, key)).Is(out var current, out problem)) return problem;
        if (!ifMatch.Matches(current.Version)) return AdminProblem.StaleVersion(EntityTag.Of(current.Version));

        // Asked even of a revoked key: the grain may still have to tell the processes that know it.
        var outcome = ifMatch.IsGiven ? await directory.Version(tenant).RevokeKey(key, current.Version) : await directory.Admin(tenant).RevokeKey(key);
        if (outcome is not AdminOutcome<ApiKeyRecord>.Done(var revoked)) return await RefusalAsync(outcome, tenant, key, ifMatch);

        if (current.RevokedAt is null) audit.OnKey("key.revoke", tenant, revoked);
        return Show(revoked);
    }

    public async Task<IResult> RotateAsync(HttpRequest request, string tenant, string key)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (!IfMatch.Of(request).Is(out var ifMatch, out var problem)) return problem;
        if (!(await directory.FindKeyAsync(tenant, key)).Is(out var old, out problem)) return problem;
        if (!ifMatch.Matches(old.Version)) return AdminProblem.StaleVersion(EntityTag.Of(old.Version));
        if (!(await AdminBody.ReadAsync<RotateRequest>(request, static _ => null, optional: true)).Is(out var rotate, out problem)) return problem;
        if (rotate.GraceSeconds is < 0 or > RotateRequest.MaxGraceSeconds)
            return AdminProblem.InvalidValue([new("graceSeconds", $"Must be from 0 to {RotateRequest.MaxGraceSeconds} (30 days).")]);

        var grace = TimeSpan.FromSeconds(rotate.GraceSeconds);
        var outcome = ifMatch.IsGiven ? await directory.Version(tenant).RotateKey(key, grace, old.Version) : await directory.Admin(tenant).RotateKey(key, grace);
        if (outcome is not AdminOutcome<IssuedApiKey>.Done(var issued)) return await RefusalAsync(outcome, tenant, key, ifMatch);

        // Reckoned rather than read again: a failing read now would lose the secret.
        var expiresAt = issued.Record.CreatedAt + grace;
        audit.OnKey("key.rotate", tenant, issued.Record);
        return Created(tenant, issued.Record, IssuedApiKeyJson.Of(issued) with
        {
            Replaces = new ReplacedApiKeyJson(key, old.ExpiresAt < expiresAt ? old.ExpiresAt.Value : expiresAt),
        });
    }

    /// <summary>Only what the patch names; a name of nothing stands for none.</summary>
    private static ApiKeyChange ToChange(JsonObject patch, ApiKeySettings settings) => new()
    {
        Name = patch.ContainsKey("name") ? settings.Name ?? "" : null,
        ExpiresAt = patch.ContainsKey("expiresAt") ? settings.ExpiresAt ?? ApiKeyExpiry.Never : null,
        Policy = patch.ContainsKey("limits") || patch.ContainsKey("budgets") ? new ScopePolicy { Limits = settings.Limits, Budgets = settings.Budgets } : null,
        AllowModels = patch.ContainsKey("models") ? settings.Models.Allow : null,
    };

    private static JsonObject Json(ApiKeySettings settings) => JsonSerializer.SerializeToNode(settings, AdminJson.Options)!.AsObject();

    private AdminAnswer Show(ApiKeyRecord key) => AdminAnswer.Ok(ApiKeyJson.Of(key, time.GetUtcNow()), EntityTag.Of(key.Version));

    private static AdminAnswer Created(string tenant, ApiKeyRecord key, IssuedApiKeyJson body) =>
        AdminAnswer.Created(body, EntityTag.Of(key.Version), $"{AdminEndpoints.Root}/tenants/{tenant}/keys/{key.Id}");

    // A version that is another by now tells more than the state that came with it.
    private async Task<IResult> RefusalAsync<T>(AdminOutcome<T> outcome, string tenant, string key, IfMatch ifMatch)
    {
        if (!(await directory.FindKeyAsync(tenant, key)).Is(out var current, out var problem)) return problem;
        return ifMatch.Matches(current.Version) ? Refusal(outcome, AdminProblem.UnknownKey(tenant, key)) : AdminProblem.StaleVersion(EntityTag.Of(current.Version));
    }

    private static AdminProblem Refusal<T>(AdminOutcome<T> outcome, AdminProblem unknown) => outcome switch
    {
        AdminOutcome<T>.NotFound => unknown,
        AdminOutcome<T>.Conflict(var detail) => new AdminProblem(ProblemKind.Conflict, detail),
        AdminOutcome<T>.Invalid(var faults) => AdminProblem.InvalidValue(faults),
        _ => throw new InvalidOperationException($"A change cannot end as {outcome.GetType().Name} here."),
    };
}
