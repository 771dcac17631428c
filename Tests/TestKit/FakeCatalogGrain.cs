using System.Collections.Immutable;

namespace OrleansGateway.Tests.TestKit;

internal sealed class FakeCatalogGrain
{
    public ICatalogGrain Grain => new Skin(this);

    public Exception? Fault { get; set; }

    public Task<ModelCatalog> Current() =>
        Fault is null ? Task.FromResult(new ModelCatalog { Version = "1", Models = ImmutableDictionary<string, CatalogModel>.Empty }) : Task.FromException<ModelCatalog>(Fault);

    // Private, so that no silo of a cluster test takes it for a grain class.
    private sealed class Skin(FakeCatalogGrain fake) : ICatalogGrain
    {
        public Task<ModelCatalog> Current() => fake.Current();
    }
}
