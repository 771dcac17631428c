using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster.Kubernetes;

/// <summary>What a cluster's processes are joined by: loopback.</summary>
internal class ClusterNetwork : IAsyncDisposable
{
    /// <summary>Where the API server, Redis and the upstream are.</summary>
    public virtual string Host => "127.0.0.1";

    /// <summary>An address for one more process, and the place to start it in.</summary>
    public virtual Task<(string Address, GatewayPlace Place)> JoinAsync(GatewayPlace place) => Task.FromResult((Host, place));

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
