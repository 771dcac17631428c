namespace OrleansGateway.Admin;

/// <summary>A tenant's ledger, by pages or as a whole: <c>/tenants/{tenant}/ledger</c>.</summary>
internal sealed class LedgerApi(TenantDirectory directory, IGrainFactory grains)
{
    private const int MaxCursorLength = 256;

    public async Task<IResult> GetAsync(HttpRequest request, string tenant)
    {
        var export = Export.Asked(request);
        var query = new AdminQuery(request, "from", "to", "cursor", "limit");
        var from = query.Instant("from");
        var to = query.Instant("to");
        var cursor = query.Text("cursor", MaxCursorLength);
        var limit = query.Limit();
        if (from > to) query.Refuse("to", "Must not be before from.");
        if (export is not null && query.Has("cursor")) query.Refuse("cursor", "An export has no pages; narrow it with from and to.");
        if (export is not null && query.Has("limit")) query.Refuse("limit", "An export has no pages; narrow it with from and to.");
        if (query.Problem is { } wrongQuery) return wrongQuery;
        if (!(await directory.FindAsync(tenant)).Is(out _, out var problem)) return problem;

        var ledger = grains.GetGrain<ITenantGrain>(tenant);
        if (export is not null) return await LedgerExport.StartAsync(export, next => ledger.Ledger(from, to, next, AdminQuery.MaxLimit));
        try
        {
            return AdminAnswer.Ok(await ledger.Ledger(from, to, cursor, limit));
        }
        catch (Exception e) when (cursor is not null && e is ArgumentException or FormatException or OverflowException)
        {
            return AdminProblem.InvalidValue([new("cursor", "Must be the nextCursor of an earlier page.")]);
        }
    }
}
