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
    private readonly RedisServer _redis;
    private readonly WebApplication _upstream;
    private readonly Setting _setting;

    private SplitCluster(FakeApiServer api, WebApplication upstream, Setting setting)
    {
        (Api, _upstream, _setting) = (api, upstream, setting);
        _redis = new PromptRedis { Host = setting.Network.Host };
    }

    public FakeApiServer Api { get; }

    public SimulatorHandle Upstream => _upstream.GetSimulator();

    public List<GatewayProcess> Silos { get; } = [];

    /// <summary>Where callers call; replaced as a whole, for they read it while it changes.</summary>
    public IReadOnlyList<GatewayProcess> Fronts { get; set; } = [];

    /// <summary>Starts one, of the build under test unless <paramref name="place"/> has another.</summary>
    public static Task<SplitCluster> StartAsync(int silos, int fronts, GatewayPlace? place = null, Setting? setting = null) => StartAsync(setting ?? new Setting(), async cluster =>
    {
        cluster.Silos.AddRange(await Task.WhenAll(Enumerable.Range(0, silos).Select(_ => cluster.StartSiloAsync(place))));
        cluster.Fronts = await Task.WhenAll(Enumerable.Range(0, fronts).Select(_ => cluster.StartFrontAsync(place)));
    });

    /// <summary>Silos that serve HTTP themselves.</summary>
    public static Task<SplitCluster> StartCombinedAsync(int silos) => StartAsync(new Setting(), async cluster =>
        cluster.Fronts = await Task.WhenAll(Enumerable.Range(0, silos).Select(_ => GatewayProcess.StartAsync(cluster.SiloSettings(cluster._setting.Network.Host)))));

    private static async Task<SplitCluster> StartAsync(Setting setting, Func<SplitCluster, Task> start)
    {
        var upstream = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = $"http://{setting.Network.Host}:0" });
        await upstream.StartAsync();
        var cluster = new SplitCluster(setting.Neighbour?.Api ?? await FakeApiServer.StartAsync(setting.Network.Host), upstream, setting);
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
    public async Task<GatewayProcess> StartSiloAsync(GatewayPlace? place = null)
    {
        var (address, where) = await _setting.Network.JoinAsync(place ?? GatewayPlace.Here);
        var settings = SiloSettings(address);
        settings["Gateway:Http"] = "false";
        return await GatewayProcess.StartSiloAsync(settings, where);
    }

    public async Task<GatewayProcess> StartFrontAsync(GatewayPlace? place = null)
    {
        var (address, where) = await _setting.Network.JoinAsync(place ?? GatewayPlace.Here);
        var settings = Settings(address);
        settings["Urls"] = $"http://{address}:{FreePorts.Next()}";
        return await GatewayProcess.StartFrontAsync(settings, where);
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
        if (_setting.Neighbour is null) await Api.DisposeAsync();
        await _upstream.DisposeAsync();
        await _redis.DisposeAsync();
        _folder.Dispose();
    }

    private string Kubeconfig => Path.Combine(_folder.Path, "kubeconfig");

    private Dictionary<string, string?> Settings(string address)
    {
        var settings = GatewayProcess.Settings(new UriBuilder(Upstream.BaseAddress) { Host = _setting.Network.Host }.Uri);
        settings["Gateway:Clustering"] = "Kubernetes";
        settings["KUBECONFIG"] = Kubeconfig;
        if (_setting.ClusterId is not null) settings["Gateway:ClusterId"] = _setting.ClusterId;
        settings["Gateway:AdvertisedAddress"] = address;
        settings["Gateway:ManagementUrls"] = $"http://{address}:{FreePorts.Next()}";
        settings["ConnectionStrings:Redis"] = _redis.Endpoint;
        return settings;
    }

    private Dictionary<string, string?> SiloSettings(string address)
    {
        var settings = Settings(address);
        settings["Gateway:Storage"] = "Redis";
        settings["Gateway:Tenants:AnswerHoldLife"] = $"{HoldLife}";
        settings["Gateway:Tenants:StreamHoldLife"] = $"{HoldLife}";
        foreach (var (name, value) in _setting.OfSilos) settings[name] = value;
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

    /// <summary>What differs from the usual.</summary>
    internal sealed record Setting
    {
        /// <summary>A name of its own; null leaves the default.</summary>
        public string? ClusterId { get; init; }

        /// <summary>A cluster in whose namespace this one is.</summary>
        public SplitCluster? Neighbour { get; init; }

        /// <summary>What joins the processes; it outlives the cluster.</summary>
        public ClusterNetwork Network { get; init; } = new();

        /// <summary>Further settings of its silos.</summary>
        public IReadOnlyDictionary<string, string?> OfSilos { get; init; } = new Dictionary<string, string?>();
    }

    private sealed class PromptRedis() : RedisServer(inMemory: true);
}
