using System.Collections.Immutable;

namespace OrleansGateway.Tests;

internal sealed class FakeCatalogGrain : ICatalogGrain
{
    public Exception? Fault { get; set; }

    public Task<ModelCatalog> Current() =>
        Fault is null ? Task.FromResult(new ModelCatalog { Version = "1", Models = ImmutableDictionary<string, CatalogModel>.Empty }) : Task.FromException<ModelCatalog>(Fault);
}
