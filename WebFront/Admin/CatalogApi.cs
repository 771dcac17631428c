using System.Collections.Immutable;

namespace OrleansGateway.Admin;

/// <summary>The models on offer, with all their prices: <c>/catalog</c>.</summary>
internal sealed class CatalogApi(IGrainFactory grains, AdminAudit audit)
{
    private const int MaxBytes = 2 * 1024 * 1024;

    public async Task<IResult> GetAsync(HttpRequest request)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        return Show(await CurrentAsync());
    }

    /// <summary>Lays a document over what configuration and upstreams say. What says the same as these is not kept, so that their next change is seen.</summary>
    public async Task<IResult> PutAsync(HttpRequest request)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if (!IfMatch.Of(request).Is(out var ifMatch, out var problem)) return problem;
        if (!(await AdminBody.ReadDocumentAsync(request, MaxBytes)).Is(out var written, out problem)) return problem;
        if (!AdminBody.Bind<CatalogDocument>(written, static _ => null).Is(out var document, out problem)) return problem;

        var current = await Keeper.Current();
        var tag = EntityTag.Of(current.Version);
        if (!ifMatch.Matches(tag) || (document.Version ?? current.Version) != current.Version) return AdminProblem.StaleVersion(tag);
        if (ShownFields.Faults(written, document.Models, current) is { Count: > 0 } ineffective) return AdminProblem.InvalidValue(ineffective);
        switch (await Keeper.Replace(new CatalogEntries { Models = document.Models, Aliases = document.Aliases.ToImmutableDictionary(StringComparer.Ordinal) }, current.Version))
        {
            case AdminOutcome<ModelCatalog>.Done(var catalog):
                audit.OnCatalog(catalog);
                return Show(catalog);
            case AdminOutcome<ModelCatalog>.Invalid(var faults):
                return AdminProblem.InvalidValue(faults);
            case AdminOutcome<ModelCatalog>.Conflict:
                return AdminProblem.StaleVersion(EntityTag.Of((await Keeper.Current()).Version));
            case var other:
                throw new InvalidOperationException($"A change cannot end as {other.GetType().Name} here.");
        }
    }

    private async Task<ModelCatalog> CurrentAsync()
    {
        try
        {
            return await Keeper.Current();
        }
        catch (Exception e) when (!GrainFaults.IsStore(e))
        {
            // In the midst of an upgrade the keeper may have no silo to be at: what a silo has is two seconds old at the most.
            return await grains.GetGrain<ICatalogGrain>(0).Current();
        }
    }

    private ICatalogKeeperGrain Keeper => grains.GetGrain<ICatalogKeeperGrain>(0);

    private static AdminAnswer Show(ModelCatalog catalog) => AdminAnswer.Ok(CatalogDocument.Of(catalog), EntityTag.Of(catalog.Version));
}

/// <summary>The catalog as operators read and write it.</summary>
internal sealed record CatalogDocument
{
    /// <summary>Names this edition; given with a change, the change applies to this edition only.</summary>
    public string? Version { get; init; }

    /// <summary>The models, withdrawn ones too, by id.</summary>
    public required ImmutableArray<CatalogModel> Models { get; init; }

    /// <summary>Further names, each for a model's id.</summary>
    public ImmutableSortedDictionary<string, string> Aliases { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public static CatalogDocument Of(ModelCatalog catalog) => new()
    {
        Version = catalog.Version,
        Models = [.. catalog.Models.Values.Concat(catalog.Withdrawn).OrderBy(model => model.Id, StringComparer.Ordinal)],
        Aliases = catalog.Aliases.ToImmutableSortedDictionary(StringComparer.Ordinal),
    };
}
