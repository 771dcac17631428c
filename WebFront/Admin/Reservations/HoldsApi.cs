using System.Globalization;
using System.Text.Json;

namespace OrleansGateway.Admin;

/// <summary>A tenant's open holds, and an operator's word on those whose outcome nobody knows: <c>/tenants/{tenant}/holds</c>.</summary>
internal sealed class HoldsApi(TenantDirectory directory, IGrainFactory grains, AdminAudit audit)
{
    private const int MaxCursorLength = 300;
    private const int MaxRequestIdLength = 200;

    public async Task<IResult> ListAsync(HttpRequest request, string tenant)
    {
        var query = new AdminQuery(request, "state", "cursor", "limit");
        var state = State(query);
        var cursor = query.Text("cursor", MaxCursorLength);
        var limit = query.Limit();
        if (query.Problem is { } wrongQuery) return wrongQuery;
        if (!(await directory.FindAsync(tenant)).Is(out _, out var problem)) return problem;
        try
        {
            return AdminAnswer.Ok(await grains.GetGrain<ITenantHoldsGrain>(tenant).OpenHolds(state, cursor, limit));
        }
        catch (FormatException) when (cursor is not null)
        {
            return AdminProblem.InvalidValue([new("cursor", "Must be the nextCursor of an earlier page.")]);
        }
    }

    public async Task<IResult> ResolveAsync(HttpRequest request, string tenant, string requestId, string attempt)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (IfMatch.Refuse(request) is { } unwanted) return unwanted;
        if (!(await directory.FindAsync(tenant)).Is(out _, out var problem)) return problem;
        if (requestId.Length > MaxRequestIdLength || !int.TryParse(attempt, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return Unknown();
        if (!(await AdminBody.ReadAsync<ResolutionSettings>(request, static _ => null)).Is(out var settings, out problem)) return problem;

        switch (await grains.GetGrain<ITenantHoldsGrain>(tenant).ResolveHold(settings.ToResolution(new HoldId(requestId, number))))
        {
            case AdminOutcome<ResolvedHold>.Done(var resolved):
                audit.OnResolution(tenant, resolved);
                return AdminAnswer.Ok(resolved);
            case AdminOutcome<ResolvedHold>.Conflict(var detail):
                return new AdminProblem(ProblemKind.Conflict, detail);
            case AdminOutcome<ResolvedHold>.Invalid(var faults):
                return AdminProblem.InvalidValue(faults);
            default:
                return Unknown();
        }

        AdminProblem Unknown() => new(
            ProblemKind.UnknownHold,
            $"Tenant {tenant} has no open hold {requestId}/{attempt}, and none that ended lately. The ledger tells of those that ended before.");
    }

    private static OpenHoldState? State(AdminQuery query)
    {
        if (!query.Has("state")) return null;
        var text = query.Text("state", MaxCursorLength);
        foreach (var state in Enum.GetValues<OpenHoldState>())
            if (JsonNamingPolicy.CamelCase.ConvertName(state.ToString()) == text) return state;
        query.Refuse("state", "Must be pending or suspense.");
        return null;
    }
}
