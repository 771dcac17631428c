using Microsoft.AspNetCore.Builder;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;
using OrleansGateway.Tests.TestKit.FakeKubernetes;

namespace OrleansGateway.Tests.Cluster.Kubernetes;

/// <summary>Silos and web fronts as processes, apart or together, that find one another through the API server, as pods do, with books in Redis.</summary>
internal sealed class SplitCluster : IAsyncDisposable
{
    public static readonly TimeSpan HoldLife = TimeSpan.FromSeconds(45);

    private readonly TempFolder _folder = new();
    private readonly List<GatewayProcess> _takenOut = [];
    private readonly RedisServer _redis = new();
    private readonly WebApplication _upstream;

    private readonly string? _clusterId;
    private readonly bool _isNeighbour;

    private SplitCluster(FakeApiServer api, WebApplication upstream, string? clusterId, bool isNeighbour) => (Api, _upstream, _clusterId, _isNeighbour) = (api, upstream, clusterId, isNeighbour);

    public FakeApiServer Api { get; }

    public SimulatorHandle Upstream => _upstream.GetSimulator();

    public List<GatewayProcess> Silos { get; } = [];

    /// <summary>Where callers call.</summary>
    public IReadOnlyList<GatewayProcess> Fronts { get; private set; } = [];

    /// <summary>With a name of its own, and in the namespace of another, when they are given.</summary>
    public static Task<SplitCluster> StartAsync(int silos, int fronts, string? clusterId = null, SplitCluster? neighbour = null) => StartAsync(clusterId, neighbour, async cluster =>
    {
        cluster.Silos.AddRange(await Task.WhenAll(Enumerable.Range(0, silos).Select(_ => cluster.StartSiloAsync())));
        cluster.Fronts = await Task.WhenAll(Enumerable.Range(0, fronts).Select(_ => GatewayProcess.StartFrontAsync(cluster.FrontSettings())));
    });

    /// <summary>Silos that serve HTTP themselves.</summary>
    public static Task<SplitCluster> StartCombinedAsync(int silos) => StartAsync(clusterId: null, neighbour: null, async cluster =>
        cluster.Fronts = await Task.WhenAll(Enumerable.Range(0, silos).Select(_ => GatewayProcess.StartAsync(cluster.SiloSettings()))));

    private static async Task<SplitCluster> StartAsync(string? clusterId, SplitCluster? neighbour, Func<SplitCluster, Task> start)
    {
        var upstream = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await upstream.StartAsync();
        var cluster = new SplitCluster(neighbour?.Api ?? await FakeApiServer.StartAsync(), upstream, clusterId, isNeighbour: neighbour is not null);
        try
        {
            await cluster._redis.InitializeAsync();
            cluster._redis.SkipWhenMissing();
            await File.WriteAllTextAsync(cluster.Kubeconfig, KubeconfigOf(cluster.Api));
            await start(cluster);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Another silo, at a new address, as another pod has.</summary>
    public Task<GatewayProcess> StartSiloAsync()
    {
        var settings = SiloSettings();
        settings["Gateway:Http"] = "false";
        return GatewayProcess.StartSiloAsync(settings);
    }

    /// <summary>Takes a process out of the callers' list, as a Service does with a pod that is to go.</summary>
    public void TakeOut(GatewayProcess front)
    {
        Fronts = [.. Fronts.Where(f => f != front)];
        _takenOut.Add(front);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Fronts.Concat(_takenOut).Concat(Silos)) await process.DisposeAsync();
        if (!_isNeighbour) await Api.DisposeAsync();
        await _upstream.DisposeAsync();
        await _redis.DisposeAsync();
        _folder.Dispose();
    }

    private string Kubeconfig => Path.Combine(_folder.Path, "kubeconfig");

    private Dictionary<string, string?> Settings()
    {
        var settings = GatewayProcess.Settings(Upstream.BaseAddress);
        settings["Gateway:Clustering"] = "Kubernetes";
        settings["KUBECONFIG"] = Kubeconfig;
        if (_clusterId is not null) settings["Gateway:ClusterId"] = _clusterId;
        settings["Gateway:ManagementUrls"] = $"http://127.0.0.1:{FreePorts.Next()}";
        settings["ConnectionStrings:Redis"] = _redis.Endpoint;
        return settings;
    }

    private Dictionary<string, string?> FrontSettings()
    {
        var settings = Settings();
        settings["Urls"] = $"http://127.0.0.1:{FreePorts.Next()}";
        return settings;
    }

    private Dictionary<string, string?> SiloSettings()
    {
        var settings = Settings();
        settings["Gateway:Storage"] = "Redis";
        settings["Gateway:Tenants:AnswerHoldLife"] = $"{HoldLife}";
        settings["Gateway:Tenants:StreamHoldLife"] = $"{HoldLife}";
        return settings;
    }

    private static string KubeconfigOf(FakeApiServer api) => $$$"""
        apiVersion: v1
        kind: Config
        current-context: test
        clusters: [{name: test, cluster: {server: "{{{api.Address}}}"}}]
        users: [{name: test, user: {token: "{{{api.Token}}}"}}]
        contexts: [{name: test, context: {cluster: test, user: test, namespace: default}}]
        """;
}
