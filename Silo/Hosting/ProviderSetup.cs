using OrleansGateway.Simulator;

namespace OrleansGateway;

/// <summary>The upstreams and the catalog that names them; without a key, the simulator.</summary>
internal static class ProviderSetup
{
    private const string SimulatorProvider = "simulator";

    public static async Task AddProvidersAsync(this WebApplicationBuilder builder, SiloSettings settings)
    {
        var providers = settings.Providers;
        var fallbackProvider = SiloSettings.DefaultProvider;
        if (settings.Simulate)
        {
            var simulator = await EmbeddedSimulator.StartAsync();
            builder.Services.AddSingleton(_ => simulator); // from a factory, so that the host disposes it
            providers.Providers[SimulatorProvider] = new ProviderOptions { BaseAddress = simulator.BaseAddress, ApiKey = "simulated", Apis = Enum.GetValues<UpstreamApi>() };
            fallbackProvider = SimulatorProvider;
        }
        else if (providers.Providers.FirstOrDefault(p => p.Value.Models.Count == 0).Key is { } named)
        {
            fallbackProvider = named;
        }

        var recipe = new CatalogRecipe(settings.Catalog, providers, fallbackProvider);
        CheckModels(recipe.Build(CatalogInputs.None), providers);
        builder.Services.AddSingleton(recipe);
        builder.Services.AddSingleton(_ => new CatalogSource(recipe));
        builder.Services.AddSingleton<ModelDiscovery>();
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, CatalogFollower>();
        builder.Services.AddProviderPool(providers);
    }

    private static void CheckModels(ModelCatalog catalog, ProvidersOptions providers)
    {
        var faults = catalog.Models.Values
            .SelectMany(m => m.Offers.Where(offer => !providers.Providers.ContainsKey(offer.Provider))
                .Select(offer => $"Gateway:Catalog:Models:{m.Id}: the provider '{offer.Provider}' that should serve it is not configured"))
            .Concat(catalog.Aliases.SelectMany(a => ModelCatalog.IdsOf(a.Value).Where(id => !catalog.Models.ContainsKey(id))
                .Select(id => $"Gateway:Catalog:Aliases:{a.Key}: there is no model '{id}'")))
            .Concat(catalog.Aliases.Keys.Select(name => RoutingRules.AliasFault(name, catalog) is { } fault ? $"Gateway:Catalog:Aliases:{name}: {fault}" : null).OfType<string>())
            .ToList();
        if (faults.Count > 0) throw new SettingsException(faults);
    }
}

/// <summary>The simulator inside this process, for trials.</summary>
internal sealed class EmbeddedSimulator(WebApplication app, Uri baseAddress) : IAsyncDisposable
{
    public Uri BaseAddress { get; } = baseAddress;

    /// <summary>The simulator's own handle: its bill, gates and scripts.</summary>
    public SimulatorHandle Handle => app.GetSimulator();

    public static async Task<EmbeddedSimulator> StartAsync()
    {
        var app = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await app.StartAsync();
        return new EmbeddedSimulator(app, app.GetSimulator().BaseAddress);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
