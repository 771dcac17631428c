namespace OrleansGateway;

/// <summary>How a silo makes its catalog: from its configuration, from the price list of its release, and from what the cluster keeps.</summary>
/// <param name="Options">What <c>Gateway:Catalog</c> says.</param>
/// <param name="Providers">Who may serve models.</param>
/// <param name="DefaultProvider">Who serves those that nobody names.</param>
internal sealed record CatalogRecipe(CatalogOptions Options, ProvidersOptions Providers, string DefaultProvider)
{
    public ModelCatalog Build(CatalogInputs inputs) => CatalogBuilder.Build(Options, Providers, DefaultProvider, inputs);
}
