using System.Globalization;

namespace OrleansGateway.Admin;

/// <summary>Compares what a provider says it charges with the books: <c>/reconciliations</c> over all tenants, <c>/tenants/{tenant}/reconciliations</c> of one.</summary>
internal sealed class ReconciliationsApi(TenantDirectory directory, IGrainFactory grains, AdminAudit audit, TimeProvider time)
{
    private const int MaxNameLength = 200;
    private const int MostDays = 366;

    /// <summary>Corrections that one call books; a tenant remembers its newest ten thousand adjustments.</summary>
    private const int MostCorrections = 1_000;

    // Each reads its book where its roll-up has not yet.
    private const int TenantsAtOnce = 8;

    public async Task<IResult> PostAsync(HttpRequest request, string? tenant)
    {
        var query = new AdminQuery(request, "provider", "post", "actor");
        var provider = query.Text("provider", MaxNameLength);
        var actor = query.Text("actor", MaxNameLength) ?? "admin";
        var post = query.Text("post", maxLength: 5);
        if (post is not (null or "true" or "false")) query.Refuse("post", "Must be true or false.");
        if (query.Problem is { } wrongQuery) return wrongQuery;
        if (IfMatch.Refuse(request) is { } unwanted) return unwanted;
        if (tenant is not null && !(await directory.FindAsync(tenant)).Is(out _, out var unknown)) return unknown;
        if (!(await UploadReader.ReadAsync(request)).Is(out var upload, out var problem)) return problem;
        if (upload.Rows.Count > 0 && upload.Rows.Max(row => row.Day.DayNumber) - upload.Rows.Min(row => row.Day.DayNumber) >= MostDays)
            return AdminProblem.InvalidValue([new("date", $"The rows must lie within {MostDays} days.")]);

        if (!(await BooksAsync(upload, tenant)).Is(out var books, out problem)) return problem;
        var catalog = await grains.GetGrain<ICatalogGrain>(0).Current();
        if (provider is not null && Providers(catalog, books) is var known && !known.Contains(provider))
            return AdminProblem.InvalidValue(
                [new("provider", $"No model is offered by it, and the books have nothing of it on these days. There are {string.Join(", ", known)}.")]);
        var reconciler = new Reconciler(upload, new ModelNames(catalog), tenant, provider, actor, books, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
        var report = reconciler.Compare();
        if (post != "true" || upload.UnreadCount > 0) return AdminAnswer.Ok(report);
        if (reconciler.Mixed.Count > 0)
            return AdminProblem.InvalidValue([new("provider", $"Must say whose file it is, for several providers served {string.Join("; ", reconciler.Mixed)}.")]);
        if (report.Corrections.Count > MostCorrections)
            return AdminProblem.InvalidValue([new("post", string.Create(CultureInfo.InvariantCulture,
                $"There are {report.Corrections.Count} corrections, and one call books at most {MostCorrections}: send fewer days, or day totals of one tenant."))]);

        var booked = new List<CorrectionReport>();
        foreach (var (whose, correction) in reconciler.Corrections) booked.Add(await BookAsync(whose, correction));
        return AdminAnswer.Ok(report with { Posted = true, Corrections = booked });
    }

    // One that is mistyped has no usage: all that its file says would be charged once more.
    private static SortedSet<string> Providers(ModelCatalog catalog, IEnumerable<TenantUsage> books) => new(
        catalog.Models.Values.Concat(catalog.Withdrawn).SelectMany(model => model.Offers, (_, offer) => offer.Provider)
            .Concat(books.SelectMany(book => book.Days.Rows.Select(row => row.Provider).Concat(book.Days.Suspended.Select(hold => hold.Provider))).OfType<string>()),
        StringComparer.Ordinal);

    private async Task<CorrectionReport> BookAsync(string tenant, Adjustment correction)
    {
        switch (await directory.Admin(tenant).Adjust(correction))
        {
            case AdminOutcome<Adjustment>.Done(var booked):
                audit.OnAdjustment(tenant, booked);
                return Reconciler.Told(tenant, correction, CorrectionState.Booked, null);
            case AdminOutcome<Adjustment>.Conflict(var detail):
                return Reconciler.Told(tenant, correction, CorrectionState.Conflict, detail);
            case AdminOutcome<Adjustment>.Invalid(var faults):
                return Reconciler.Told(tenant, correction, CorrectionState.Refused, string.Join(' ', faults.Select(fault => $"{fault.Path}: {fault.Message}")));
            default:
                return Reconciler.Told(tenant, correction, CorrectionState.Refused, "There is no such tenant.");
        }
    }

    private async Task<Read<List<TenantUsage>>> BooksAsync(Upload upload, string? tenant)
    {
        var books = new List<TenantUsage>();
        if (upload.Rows.Count == 0) return books;
        var (first, last) = (upload.Rows.Min(row => row.Day), upload.Rows.Max(row => row.Day));
        var requests = upload.Rows.Select(row => row.RequestId).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        await foreach (var some in TenantsAsync(tenant))
        {
            foreach (var read in await Task.WhenAll(some.Select(id => BookAsync(id, first, last, requests))))
            {
                if (!read.Is(out var book, out var problem)) return problem;
                books.Add(book);
            }
        }
        return books;
    }

    private async IAsyncEnumerable<string[]> TenantsAsync(string? tenant)
    {
        if (tenant is not null)
        {
            yield return [tenant];
            yield break;
        }
        for (string? after = null; ;)
        {
            var ids = await grains.GetGrain<ITenantIndexGrain>(0).Page(after, AdminQuery.MaxLimit);
            foreach (var some in ids.Chunk(TenantsAtOnce)) yield return some;
            if (ids.Length < AdminQuery.MaxLimit) yield break;
            after = ids[^1];
        }
    }

    private async Task<Read<TenantUsage>> BookAsync(string tenant, DateOnly first, DateOnly last, string[] requests)
    {
        var usage = grains.GetGrain<IUsageGrain>(tenant);
        switch (await usage.Days(first, last))
        {
            case DailyUsage.Behind(var read, var entries):
                return UsageApi.Behind(tenant, read, entries);
            case DailyUsage.Known known:
                // Only a book with entries about these days can have their requests.
                var found = known.FirstSeq is { } seq && requests.Length > 0 ? await usage.Requests(seq, [.. requests]) : [];
                return new TenantUsage(tenant, known, found.ToDictionary(request => request.RequestId, StringComparer.Ordinal));
            case var other:
                throw new InvalidOperationException($"Usage cannot be {other.GetType().Name}.");
        }
    }
}
