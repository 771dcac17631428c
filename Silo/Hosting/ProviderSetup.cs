using OrleansGateway.Simulator;

namespace OrleansGateway;

/// <summary>The upstreams and the catalog that names them; without a key, the simulator.</summary>
internal static class ProviderSetup
{
    public static async Task AddProvidersAsync(this WebApplicationBuilder builder, SiloSettings settings)
    {
        if (settings.Simulate)
        {
            var simulator = await EmbeddedSimulator.StartAsync();
            builder.Services.AddSingleton(_ => simulator); // from a factory, so that the host disposes it
            settings.Providers.Providers[SiloSettings.SimulatorProvider].BaseAddress = simulator.BaseAddress;
        }

        var recipe = settings.Recipe;
        builder.Services.AddSingleton(recipe);
        builder.Services.AddSingleton(_ => new CatalogSource(recipe));
        builder.Services.AddSingleton<ModelDiscovery>();
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, CatalogFollower>();
        builder.Services.AddProviderPool(settings.Providers);
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
