using Microsoft.AspNetCore.Http.Features;

namespace OrleansGateway.Admin;

/// <summary>Ceilings of single end users in place of the tenant's <c>endUserDefaults</c>: <c>/tenants/{tenant}/users</c>.</summary>
internal sealed class EndUsersApi(TenantDirectory directory, AdminAudit audit, IGrainFactory grains)
{
    private const int MaxAttempts = 4;

    public async Task<IResult> ListAsync(HttpRequest request, string tenant)
    {
        var query = new AdminQuery(request, "cursor", "limit");
        var after = query.Text("cursor", EndUserName.MaxLength);
        var limit = query.Limit();
        if (query.Problem is { } wrongQuery) return wrongQuery;
        if (!(await directory.FindAsync(tenant)).Is(out _, out var problem)) return problem;

        var users = await EndUsers(tenant).PageEndUsers(after, limit + 1);
        var page = users.Take(limit).Select(EndUserJson.Of).ToList();
        return AdminAnswer.Ok(new EndUserPageJson(page, users.Length > limit ? page[^1].User : null));
    }

    public async Task<IResult> GetAsync(HttpRequest request, string tenant)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (!(await directory.FindAsync(tenant)).Is(out _, out var problem)) return problem;
        var user = NameIn(request);
        return await EndUsers(tenant).FindEndUser(user) is { } record ? Show(record) : Unknown(tenant, user);
    }

    public async Task<IResult> PutAsync(HttpRequest request, string tenant)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (!IfMatch.Of(request).Is(out var ifMatch, out var problem)) return problem;
        if (!(await directory.FindAsync(tenant)).Is(out _, out problem)) return problem;
        if (!(await AdminBody.ReadAsync<EndUserSettings>(request, EndUserSettings.Explain)).Is(out var settings, out problem)) return problem;

        var user = NameIn(request);
        var policy = new ScopePolicy { Limits = settings.Limits, Budgets = settings.Budgets };
        var outcome = await Change(request, tenant, user, ifMatch, version => EndUsers(tenant).SetEndUser(user, policy, version), AdminProblem.NoVersion(WhyUnknown(tenant, user)));
        if (outcome.Refused is { } refused) return refused;

        audit.OnUser("user.set", tenant, outcome.Done!);
        return Show(outcome.Done!);
    }

    public async Task<IResult> DeleteAsync(HttpRequest request, string tenant)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (!IfMatch.Of(request).Is(out var ifMatch, out var problem)) return problem;
        if (await AdminBody.RefuseAsync(request) is { } unwanted) return unwanted;
        if (!(await directory.FindAsync(tenant)).Is(out _, out problem)) return problem;

        var user = NameIn(request);
        var outcome = await Change(request, tenant, user, ifMatch, version => EndUsers(tenant).ClearEndUser(user, version), Unknown(tenant, user));
        if (outcome.Refused is { } refused) return refused;

        audit.OnUser("user.clear", tenant, outcome.Done!);
        return Show(outcome.Done!);
    }

    /// <summary>The name as the address has it: the path that routing sees leaves <c>%2F</c> as it is, and so cannot tell it from <c>%252F</c>.</summary>
    internal static string NameIn(HttpRequest request)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget is { Length: > 0 } raw ? raw : request.Path.ToUriComponent();
        var path = target.Split('?', 2)[0].TrimEnd('/');
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
    }

    // Without If-Match whatever is there is changed. With it, only the version that was compared: another change in between is refused.
    private async Task<(EndUserRecord? Done, AdminProblem? Refused)> Change(
        HttpRequest request, string tenant, string user, IfMatch ifMatch, Func<long?, Task<AdminOutcome<EndUserRecord>>> change, AdminProblem absent)
    {
        AdminOutcome<EndUserRecord>? last = null;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var current = await EndUsers(tenant).FindEndUser(user);
            var conditional = request.Headers.IfMatch.Count > 0;
            if (conditional && current is null) return (null, absent);
            if (conditional && !ifMatch.Matches(current!.Version)) return (null, AdminProblem.StaleVersion(EntityTag.Of(current.Version)));

            last = await change(conditional ? current!.Version : null);
            if (last is AdminOutcome<EndUserRecord>.Done(var record)) return (record, null);
            if (!conditional || last is not AdminOutcome<EndUserRecord>.Conflict) break;
        }

        return (null, last switch
        {
            AdminOutcome<EndUserRecord>.Conflict(var detail) => new AdminProblem(ProblemKind.Conflict, detail),
            AdminOutcome<EndUserRecord>.Invalid(var faults) => AdminProblem.InvalidValue(faults),
            _ => Unknown(tenant, user),
        });
    }

    private IEndUsersGrain EndUsers(string tenant) => grains.GetGrain<IEndUsersGrain>(tenant);

    private static AdminAnswer Show(EndUserRecord record) => AdminAnswer.Ok(EndUserJson.Of(record), EntityTag.Of(record.Version));

    private static AdminProblem Unknown(string tenant, string user) => new(ProblemKind.UnknownUser, WhyUnknown(tenant, user));

    private static string WhyUnknown(string tenant, string user) => $"Tenant {tenant} has no ceilings for end user {user} alone; it has those of endUserDefaults.";
}
