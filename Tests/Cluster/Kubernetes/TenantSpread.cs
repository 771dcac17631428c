using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace OrleansGateway.Tests.Cluster.Kubernetes;

/// <summary>Which silo has which tenant in memory, as the cluster itself says.</summary>
internal sealed class TenantSpread(IHost client) : IAsyncDisposable
{
    private const string TenantGrains = "tenant";

    /// <summary>Joins the cluster as a client.</summary>
    public static async Task<TenantSpread> WatchAsync(SplitCluster cluster)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(orleans =>
        {
            orleans.UseKubernetesClustering(options => options.ClientConfiguration = cluster.Api.Configuration);
            orleans.Configure<ClusterOptions>(options =>
                (options.ClusterId, options.ServiceId) = (new OrleansGateway.GatewayOptions().ClusterId, OrleansGateway.GatewayOptions.ServiceId));
        });
        var spread = new TenantSpread(builder.Build());
        await spread.Client.StartAsync();
        return spread;
    }

    /// <summary>The tenants of each active silo, none included.</summary>
    public async Task<Dictionary<SiloAddress, HashSet<string>>> ReadAsync()
    {
        var management = Client.Services.GetRequiredService<IClusterClient>().GetGrain<IManagementGrain>(0);
        var spread = (await management.GetHosts(onlyActive: true)).Keys.ToDictionary(silo => silo, _ => new HashSet<string>());
        foreach (var activation in await management.GetDetailedGrainStatistics(types: null, [.. spread.Keys]))
            if (activation.GrainId.Type.ToString() == TenantGrains) spread[activation.SiloAddress].Add(activation.GrainId.Key.ToString()!);
        return spread;
    }

    private IHost Client => client;

    public async ValueTask DisposeAsync()
    {
        await client.StopAsync();
        client.Dispose();
    }
}
