namespace OrleansGateway;

/// <summary>The model catalog that this silo prices and routes by.</summary>
internal sealed class CatalogSource(ModelCatalog catalog)
{
    public ModelCatalog Current { get; } = catalog;
}
