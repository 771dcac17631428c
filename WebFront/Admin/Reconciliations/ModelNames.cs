namespace OrleansGateway.Admin;

/// <summary>Brings a provider's names of models and the catalog's together: both become what the provider is called with.</summary>
internal sealed class ModelNames(ModelCatalog catalog)
{
    private readonly HashSet<string> _upstream = new(catalog.Models.Values.Select(model => model.UpstreamModel), StringComparer.Ordinal);

    /// <summary>What a provider's row calls a model: as the provider does, or as the catalog.</summary>
    public string OfUpload(string name) => _upstream.Contains(name) ? name : OfBook(name);

    /// <summary>What a ledger line calls a model; one that the catalog no longer has keeps its name.</summary>
    public string OfBook(string name) => catalog.Find(name)?.UpstreamModel ?? name;
}
