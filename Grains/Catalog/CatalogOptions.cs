namespace OrleansGateway;

/// <summary>The section <c>Gateway:Catalog</c>: models, aliases and prices. Merged over the catalog that the gateway ships, model by model.</summary>
internal sealed class CatalogOptions
{
    public const string Section = "Gateway:Catalog";

    /// <summary>Models by the id that callers write.</summary>
    public Dictionary<string, ModelOptions> Models { get; init; } = [];

    /// <summary>Further names, or prefixes of names ending in <c>*</c>, each for a model's id or for several in order, with commas between them.</summary>
    public Dictionary<string, string> Aliases { get; init; } = [];
}
