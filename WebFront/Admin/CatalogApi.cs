using System.Collections.Immutable;

namespace OrleansGateway.Admin;

/// <summary>The models on offer, with all their prices: <c>/catalog</c>.</summary>
internal sealed class CatalogApi(IGrainFactory grains)
{
    public async Task<IResult> GetAsync(HttpRequest request)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        var catalog = await grains.GetGrain<ICatalogGrain>(0).Current();
        return AdminAnswer.Ok(CatalogJson.Of(catalog), EntityTag.Of(catalog.Version));
    }

    /// <summary>The catalog in a stable order.</summary>
    private sealed record CatalogJson(string Version, IReadOnlyList<CatalogModel> Models, ImmutableSortedDictionary<string, string> Aliases)
    {
        public static CatalogJson Of(ModelCatalog catalog) => new(
            catalog.Version,
            [.. catalog.Models.Values.OrderBy(model => model.Id, StringComparer.Ordinal)],
            catalog.Aliases.ToImmutableSortedDictionary(StringComparer.Ordinal));
    }
}
