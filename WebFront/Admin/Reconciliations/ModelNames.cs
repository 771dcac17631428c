namespace OrleansGateway.Admin;

/// <summary>
/// Brings a provider's names of models and the catalog's together: both become what the provider is called with, and where providers call a model by
/// different names, what the first of them is.
/// </summary>
internal sealed class ModelNames
{
    private readonly ModelCatalog _catalog;
    private readonly Dictionary<string, string> _upstream = new(StringComparer.Ordinal);

    public ModelNames(ModelCatalog catalog)
    {
        _catalog = catalog;
        foreach (var model in catalog.Models.Values.OrderBy(model => model.Id, StringComparer.Ordinal))
            foreach (var offer in model.Offers) _upstream.TryAdd(offer.UpstreamModel, model.Offers[0].UpstreamModel);
    }

    /// <summary>What a provider's row calls a model: as the provider does, or as the catalog.</summary>
    public string OfUpload(string name) => _upstream.TryGetValue(name, out var known) ? known : OfBook(name);

    /// <summary>What a ledger line calls a model; one that the catalog no longer has keeps its name.</summary>
    public string OfBook(string name) => _catalog.Find(name) is { Offers: [var first, ..] } ? _upstream[first.UpstreamModel] : name;
}
