using Orleans.Configuration;

namespace OrleansGateway;

/// <summary>Makes this process a client of the cluster.</summary>
internal static class ClusterClient
{
    /// <summary>What keeps a stand-alone web front from finding a cluster.</summary>
    public static void Check(GatewayOptions options, IConfiguration configuration, ICollection<string> faults)
    {
        if (options.Clustering == Clustering.Kubernetes)
        {
            if (new KubernetesClusteringOptions().FindFault() is { } unreachable)
                faults.Add($"{GatewayOptions.Section}:{nameof(GatewayOptions.Clustering)}={options.Clustering}: {unreachable}");
            return;
        }

        if (options.Clustering == Clustering.Embedded)
            faults.Add($"{GatewayOptions.Section}:{nameof(GatewayOptions.Clustering)} is {options.Clustering}, but a web front on its own must find its silos: "
                + "set it to Kubernetes or Redis, as theirs, or run Silo, which serves HTTP itself");
        else RedisSetting.Read(configuration, $"{GatewayOptions.Section}:{nameof(GatewayOptions.Clustering)}", faults);
    }

    public static void AddClusterClient(this WebApplicationBuilder builder, GatewayOptions options, OtelSettings otel) => builder.UseOrleansClient(client =>
    {
        if (otel.Traces) client.AddActivityPropagation();
        if (options.Clustering == Clustering.Kubernetes) client.UseKubernetesClustering();
        else client.UseRedisClustering(builder.Configuration.GetConnectionString("Redis")!);
        client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, GatewayOptions.ServiceId));
        client.Configure<Orleans.Configuration.GatewayOptions>(list => list.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2));
        GatewayListWatch.Decorate(client.Services);
        client.Configure<ClientMessagingOptions>(messaging =>
        {
            messaging.ResponseTimeout = TimeSpan.FromSeconds(30);
            messaging.CancelRequestOnTimeout = true;
            messaging.MaxMessageBodySize = MessageBounds.Most;
            // A grain whose place in this table is taken goes to the silo that took it, however many have come since: room for tenants, keys and the pool's new keys.
            messaging.ClientSenderBuckets = 1 << 20;
        });
        client.UseConnectionRetryFilter<PatientConnection>();
        client.AddGatewayCountChangedHandler(services => (_, change) =>
        {
            if (change.NumberOfConnectedGateways < change.PreviousNumberOfConnectedGateways) services.GetRequiredService<CallWatch>().OnGatewayLost();
        });
        client.UseClusterTls(options.ClusterTls);
    });
}
