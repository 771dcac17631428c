namespace OrleansGateway;

/// <summary>The model catalog, for processes that are not silos; any worker answers from its silo's copy.</summary>
[GrainInterfaceType("catalog"), Alias("catalog")]
public interface ICatalogGrain : IGrainWithIntegerKey
{
    /// <summary>The catalog in force.</summary>
    [Alias("current")]
    Task<ModelCatalog> Current();
}
