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

    private SplitCluster(FakeApiServer api, WebApplication upstream) => (Api, _upstream) = (api, upstream);

    public FakeApiServer Api { get; }

    public SimulatorHandle Upstream => _upstream.GetSimulator();

    public List<GatewayProcess> Silos { get; } = [];

    /// <summary>Where callers call.</summary>
    public IReadOnlyList<GatewayProcess> Fronts { get; private set; } = [];

    public static Task<SplitCluster> StartAsync(int silos, int fronts) => StartAsync(async cluster =>
    {
        cluster.Silos.AddRange(await Task.WhenAll(Enumerable.Range(0, silos).Select(_ => cluster.StartSiloAsync())));
        cluster.Fronts = await Task.WhenAll(Enumerable.Range(0, fronts).Select(_ => GatewayProcess.StartFrontAsync(cluster.FrontSettings())));
    });

    /// <summary>Silos that serve HTTP themselves.</summary>
    public static Task<SplitCluster> StartCombinedAsync(int silos) => StartAsync(async cluster =>
        cluster.Fronts = await Task.WhenAll(Enumerable.Range(0, silos).Select(_ => GatewayProcess.StartAsync(cluster.SiloSettings()))));

    private static async Task<SplitCluster> StartAsync(Func<SplitCluster, Task> start)
    {
        var upstream = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await upstream.StartAsync();
        var cluster = new SplitCluster(await FakeApiServer.StartAsync(), upstream);
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
        await Api.DisposeAsync();
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
