using k8s;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>Tables and gateway lists on one API server, each with a connection of its own.</summary>
internal sealed class KubernetesHandles(Func<KubernetesClientConfiguration> configuration, TimeProvider? time = null) : IDisposable
{
    private readonly List<IDisposable> _open = [];
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private int _seed;

    public KubernetesClusteringOptions Options { get; } = new() { ClientConfiguration = configuration };

    public ClusterApi Api(string clusterId, string serviceId = "tests")
    {
        var cluster = new ClusterOptions { ClusterId = clusterId, ServiceId = serviceId };
        var api = new ClusterApi(
            Microsoft.Extensions.Options.Options.Create(Options),
            Microsoft.Extensions.Options.Options.Create(cluster),
            NewJitter(),
            _time,
            NullLogger<ClusterApi>.Instance);
        lock (_open) _open.Add(api);
        return api;
    }

    public KubernetesMembershipTable Table(string clusterId, string serviceId = "tests", ILogger<KubernetesMembershipTable>? logger = null) =>
        new(Api(clusterId, serviceId), NewJitter(), _time, logger ?? NullLogger<KubernetesMembershipTable>.Instance);

    public ClusterWatch Watch(ClusterApi api, ILogger<ClusterWatch>? logger = null) => new(api, Options, NewJitter(), _time, logger ?? NullLogger<ClusterWatch>.Instance);

    public KubernetesGatewayListProvider Gateways(string clusterId, ILogger<ClusterWatch>? logger = null)
    {
        var api = Api(clusterId);
        var gateways = new KubernetesGatewayListProvider(api, Watch(api, logger), Microsoft.Extensions.Options.Options.Create(new Orleans.Configuration.GatewayOptions()));
        lock (_open) _open.Add(gateways);
        return gateways;
    }

    public void Dispose()
    {
        lock (_open)
        {
            _open.Reverse();
            foreach (var one in _open) one.Dispose();
            _open.Clear();
        }
    }

    private Jitter NewJitter() => new(new Random(Interlocked.Increment(ref _seed)));
}
