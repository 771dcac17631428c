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
        SiloListeners.Decorate(silo.Services);
        silo.UseClusterTls(settings.Gateway.ClusterTls);
        silo.UseSiloVersion();
        if (settings.Otel.Traces) silo.AddActivityPropagation();
        silo.Configure<SiloOptions>(options => options.SiloName = Environment.GetEnvironmentVariable("POD_NAME") ?? $"{Environment.MachineName}:{settings.Gateway.SiloPort}");
        silo.AddSnapshots(settings);
#if DASHBOARD
        if (settings.HasDashboard) silo.AddGatewayDashboard(settings.AdminKey);
#endif
#pragma warning disable ORLEANSEXP002 // Experimental in Orleans, and off unless an operator asks for it.
        if (settings.Gateway.RebalanceActivations) silo.AddActivationRebalancer();
#pragma warning restore ORLEANSEXP002
        silo.Configure<SiloMessagingOptions>(options =>
        {
            options.ResponseTimeout = TimeSpan.FromSeconds(30);
            options.CancelRequestOnTimeout = true;
            options.MaxEnqueuedRequestsHardLimit = 5_000;
            options.MaxMessageBodySize = MessageBounds.Most;
        });
        silo.Configure<GrainCollectionOptions>(options =>
        {
            options.CollectionAge = TimeSpan.FromMinutes(10);
            options.EnableActivationSheddingOnMemoryPressure = true;
        });
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            // A silo that joins after all others died waits until two of their heartbeats are missing.
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            options.NumMissedTableIAmAliveLimit = 2;
            options.ProbeTimeout = TimeSpan.FromSeconds(2);
            options.NumMissedProbesLimit = 2;
            // Nobody is declared dead of whom a byte came within twice this.
            options.MaxProbeTimeout = TimeSpan.FromSeconds(3);
        });
    });

    private static void Join(ISiloBuilder silo, SiloSettings settings)
    {
        var gateway = settings.Gateway;
        silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (gateway.ClusterId, GatewaySettings.ServiceId));
        if (gateway.Clustering == Clustering.Embedded)
        {
            silo.UseLocalhostClustering(gateway.SiloPort, gateway.GatewayPort, serviceId: GatewaySettings.ServiceId, clusterId: gateway.ClusterId);
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
        gateway.AdvertisedAddress is { } address
            ? IPAddress.Parse(address)
            : Dns.GetHostAddresses(Dns.GetHostName()).FirstOrDefault(a => !IPAddress.IsLoopback(a)) ?? IPAddress.Loopback;
}
