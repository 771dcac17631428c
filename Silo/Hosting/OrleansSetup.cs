using System.Net;
using Orleans.Configuration;
using StackExchange.Redis;
using GatewaySettings = OrleansGateway.GatewayOptions;

namespace OrleansGateway;

/// <summary>The silo: its cluster, endpoints and bounds (reasons in docs/architecture.md and the ADRs).</summary>
internal static class OrleansSetup
{
    public static void AddOrleansSilo(this WebApplicationBuilder builder, SiloSettings settings) => builder.UseOrleans(silo =>
    {
        Join(silo, settings);
        silo.UseClusterTls(settings.Gateway.ClusterTls);
        silo.AddSnapshots(settings);
#pragma warning disable ORLEANSEXP002 // Experimental in Orleans, and off unless an operator asks for it.
        if (settings.Gateway.RebalanceActivations) silo.AddActivationRebalancer();
#pragma warning restore ORLEANSEXP002
        silo.Configure<SiloMessagingOptions>(options =>
        {
            options.ResponseTimeout = TimeSpan.FromSeconds(30);
            options.CancelRequestOnTimeout = true;
            options.MaxEnqueuedRequestsHardLimit = 5_000;
            options.MaxMessageBodySize = 16 * 1024 * 1024;
        });
        silo.Configure<GrainCollectionOptions>(options =>
        {
            options.CollectionAge = TimeSpan.FromMinutes(10);
            options.EnableActivationSheddingOnMemoryPressure = true;
        });
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            // A silo that joins after all others died waits until three of their heartbeats are missing.
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            options.ProbeTimeout = TimeSpan.FromSeconds(2);
            options.NumMissedProbesLimit = 2;
        });
    });

    private static void Join(ISiloBuilder silo, SiloSettings settings)
    {
        var gateway = settings.Gateway;
        silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (ClusterNames.ClusterId, ClusterNames.ServiceId));
        if (gateway.Clustering == Clustering.Embedded)
        {
            silo.UseLocalhostClustering(gateway.SiloPort, gateway.GatewayPort, serviceId: ClusterNames.ServiceId, clusterId: ClusterNames.ClusterId);
            return;
        }

        if (gateway.Clustering == Clustering.Kubernetes) silo.UseKubernetesClustering();
        else JoinThroughRedis(silo, settings.Redis!);
        silo.ConfigureEndpoints(AddressOf(gateway), gateway.SiloPort, gateway.GatewayPort, listenOnAnyHostAddress: gateway.AdvertisedAddress is null);
    }

    private static void JoinThroughRedis(ISiloBuilder silo, string connection) => silo.UseRedisClustering(redis =>
    {
        // A Redis that is away for a while must not end a silo that runs: it goes on with the members it knows.
        redis.ConfigurationOptions = ConfigurationOptions.Parse(connection);
        redis.ConfigurationOptions.AbortOnConnectFail = false;
    });

    private static IPAddress AddressOf(GatewaySettings gateway) =>
        gateway.AdvertisedAddress is { } address ? IPAddress.Parse(address) : Dns.GetHostAddresses(Dns.GetHostName()).FirstOrDefault(a => !IPAddress.IsLoopback(a)) ?? IPAddress.Loopback;
}
