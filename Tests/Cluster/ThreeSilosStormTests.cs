using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster;

/// <summary>Three silos as processes, joined through a redis-server, with a simulated upstream in this process.</summary>
public sealed class ThreeSilos : IAsyncLifetime
{
    private readonly RedisServer _redis = new();
    private readonly List<GatewayProcess> _silos = [];
    private Microsoft.AspNetCore.Builder.WebApplication? _simulator;

    internal IReadOnlyList<GatewayProcess> Silos
    {
        get
        {
            _redis.SkipWhenMissing();
            return _silos;
        }
    }

    internal SimulatorHandle Simulator => _simulator!.GetSimulator();

    public async ValueTask InitializeAsync()
    {
        await _redis.InitializeAsync();
        if (_redis.IsMissing) return;
        _simulator = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await _simulator.StartAsync();
        for (var i = 0; i < 3; i++) _silos.Add(await GatewayProcess.StartAsync(Settings()));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos) await silo.DisposeAsync();
        if (_simulator is not null) await _simulator.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private Dictionary<string, string?> Settings()
    {
        var settings = GatewayProcess.Settings(Simulator.BaseAddress);
        settings.ClusteredOnRedis(_redis.Endpoint);
        foreach (var (name, value) in StormCall.Settings) settings[name] = value;
        return settings;
    }
}

/// <summary>A hard budget under a thousand concurrent calls at three fronts, on every billable route.</summary>
[Collection(SlowestFirst.Clusters)]
public sealed class ThreeSilosStormTests(ThreeSilos cluster) : IClassFixture<ThreeSilos>
{
    [Theory]
    [MemberData(nameof(StormCall.All), MemberType = typeof(StormCall))]
    public Task A_thousand_calls_at_three_fronts_against_a_budget_for_a_hundred_spend_exactly_what_fits(string route, bool stream, bool fallback) =>
        new BudgetStorm(cluster.Simulator, [.. cluster.Silos.Select(s => s.Http)], cluster.Silos[0].AdminAsync).RunAsync(new StormCall(route, stream, fallback));
}
