using Microsoft.AspNetCore.Builder;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;
using OrleansGateway.Tests.TestKit.FakeKubernetes;

namespace OrleansGateway.Tests.Cluster.Kubernetes;

/// <summary>Silos and web fronts as processes that find one another through the API server, as pods do, with books in Redis.</summary>
internal sealed class SplitCluster : IAsyncDisposable
{
    public static readonly TimeSpan HoldLife = TimeSpan.FromSeconds(45);

    private readonly TempFolder _folder = new();
    private readonly RedisServer _redis;
    private readonly WebApplication _upstream;
    private readonly ClusterNetwork _network;
    private readonly IReadOnlyDictionary<string, string?> _more;

    private SplitCluster(FakeApiServer api, WebApplication upstream, ClusterNetwork network, IReadOnlyDictionary<string, string?> more)
    {
        (Api, _upstream, _network, _more) = (api, upstream, network, more);
        _redis = new RedisServer { Host = network.Host };
    }

    public FakeApiServer Api { get; }

    public SimulatorHandle Upstream => _upstream.GetSimulator();

    public List<GatewayProcess> Silos { get; } = [];

    /// <summary>Those that callers are led to; replaced as a whole, for they read it while it changes.</summary>
    public IReadOnlyList<GatewayProcess> Fronts { get; set; } = [];

    /// <summary>Starts one, of the build under test or the one in <paramref name="place"/>, on loopback or another network that outlives it; its silos may have further settings.</summary>
    public static async Task<SplitCluster> StartAsync(
        int silos, int fronts, GatewayPlace? place = null, IReadOnlyDictionary<string, string?>? more = null, ClusterNetwork? network = null)
    {
        network ??= new ClusterNetwork();
        var upstream = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = $"http://{network.Host}:0" });
        await upstream.StartAsync();
        var cluster = new SplitCluster(await FakeApiServer.StartAsync(network.Host), upstream, network, more ?? new Dictionary<string, string?>());
        try
        {
            await cluster._redis.InitializeAsync();
            cluster._redis.SkipWhenMissing();
            await File.WriteAllTextAsync(cluster.Kubeconfig, KubeconfigOf(cluster.Api));
            cluster.Silos.AddRange(await Task.WhenAll(Enumerable.Range(0, silos).Select(_ => cluster.StartSiloAsync(place))));
            cluster.Fronts = await Task.WhenAll(Enumerable.Range(0, fronts).Select(_ => cluster.StartFrontAsync(place)));
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
        var (address, where) = await _network.JoinAsync(place ?? GatewayPlace.Here);
        return await GatewayProcess.StartSiloAsync(Settings(address, front: false), where);
    }

    public async Task<GatewayProcess> StartFrontAsync(GatewayPlace? place = null)
    {
        var (address, where) = await _network.JoinAsync(place ?? GatewayPlace.Here);
        return await GatewayProcess.StartFrontAsync(Settings(address, front: true), where);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Fronts.Concat(Silos)) await process.DisposeAsync();
        await Api.DisposeAsync();
        await _upstream.DisposeAsync();
        await _redis.DisposeAsync();
        _folder.Dispose();
    }

    private string Kubeconfig => Path.Combine(_folder.Path, "kubeconfig");

    private Dictionary<string, string?> Settings(string address, bool front)
    {
        var settings = GatewayProcess.Settings(new UriBuilder(Upstream.BaseAddress) { Host = _network.Host }.Uri);
        settings["Gateway:Clustering"] = "Kubernetes";
        settings["KUBECONFIG"] = Kubeconfig;
        settings["Gateway:AdvertisedAddress"] = address;
        settings["Gateway:ManagementUrls"] = $"http://{address}:{FreePorts.Next()}";
        settings["ConnectionStrings:Redis"] = _redis.Endpoint;
        if (front)
        {
            settings["Urls"] = $"http://{address}:{FreePorts.Next()}";
            return settings;
        }

        settings["Gateway:Http"] = "false";
        settings["Gateway:Storage"] = "Redis";
        settings["Gateway:Tenants:AnswerHoldLife"] = $"{HoldLife}";
        settings["Gateway:Tenants:StreamHoldLife"] = $"{HoldLife}";
        foreach (var (name, value) in _more) settings[name] = value;
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
