using Orleans.Concurrency;

namespace OrleansGateway;

/// <summary>Shows its silo's catalog to processes that have none.</summary>
[GrainType("catalog"), StatelessWorker]
internal sealed class CatalogGrain(CatalogSource source) : Grain, ICatalogGrain
{
    public async Task<ModelCatalog> Current()
    {
        await source.Heard;
        return source.Current;
    }
}
