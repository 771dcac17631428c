using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Messaging;

namespace OrleansGateway;

/// <summary>Finds the cluster through the Kubernetes API: one <c>OrleansCluster</c> object, one Lease a silo.</summary>
public static class KubernetesClusteringExtensions
{
    /// <summary>
    /// Makes this silo a member of the cluster named by <c>ClusterOptions</c>. The definition <c>crd/orleansclusters.yaml</c> must have been applied; the object is created
    /// when it is missing and the service account may. Options that cannot work stop the start with one message that lists every fault.
    /// </summary>
    public static ISiloBuilder UseKubernetesClustering(this ISiloBuilder builder, Action<KubernetesClusteringOptions>? configure = null)
    {
        var services = builder.Services;
        AddShared(services, configure);
        services.AddSingleton<IMembershipTable, KubernetesMembershipTable>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, MembershipRefresher>();
        return builder;
    }

    /// <summary>Makes this client find the cluster's silos. It reads, and writes nothing.</summary>
    public static IClientBuilder UseKubernetesClustering(this IClientBuilder builder, Action<KubernetesClusteringOptions>? configure = null)
    {
        AddShared(builder.Services, configure);
        builder.Services.AddSingleton<IGatewayListProvider, KubernetesGatewayListProvider>();
        return builder;
    }

    private static void AddShared(IServiceCollection services, Action<KubernetesClusteringOptions>? configure)
    {
        services.AddOptions<KubernetesClusteringOptions>().Configure(configure ?? (_ => { })).PostConfigure(AddPod);
        services.AddSingleton<IConfigurationValidator, KubernetesClusteringOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => new Jitter(new Random(RandomNumberGenerator.GetInt32(int.MaxValue))));
        services.TryAddSingleton<ClusterApi>();

        // One for whoever follows the table: what trouble it has met is its own.
        services.TryAddTransient(provider => new ClusterWatch(
            provider.GetRequiredService<ClusterApi>(),
            provider.GetRequiredService<IOptions<KubernetesClusteringOptions>>().Value,
            provider.GetRequiredService<Jitter>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ClusterWatch>>()));
    }

    private static void AddPod(KubernetesClusteringOptions options)
    {
        if (options.PodName is not null || options.PodUid is not null) return;
        var (name, uid) = (Environment.GetEnvironmentVariable("POD_NAME"), Environment.GetEnvironmentVariable("POD_UID"));
        if (!string.IsNullOrEmpty(name) && !string.IsNullOrEmpty(uid)) (options.PodName, options.PodUid) = (name, uid);
    }
}
