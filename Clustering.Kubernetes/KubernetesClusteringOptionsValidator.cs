using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace OrleansGateway;

/// <summary>Reports all faults at once, before anything starts.</summary>
internal sealed class KubernetesClusteringOptionsValidator(IOptions<KubernetesClusteringOptions> options, IOptions<ClusterOptions> cluster) : IConfigurationValidator
{
    public void ValidateConfiguration()
    {
        var faults = Faults(options.Value, cluster.Value).ToList();
        if (faults.Count > 0) throw new OrleansConfigurationException($"Kubernetes clustering cannot start: {string.Join("; ", faults)}.");
    }

    private static IEnumerable<string> Faults(KubernetesClusteringOptions options, ClusterOptions cluster)
    {
        if (string.IsNullOrEmpty(cluster.ClusterId) || !KubernetesNames.IsLabel(cluster.ClusterId))
            yield return $"ClusterOptions.ClusterId is '{cluster.ClusterId}', but it names an object and a label: "
                + "use at most 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit";
        if (string.IsNullOrEmpty(cluster.ServiceId) || cluster.ServiceId.Length > 256)
            yield return "ClusterOptions.ServiceId must have 1 to 256 characters";
        if (options.Namespace is { } name && !KubernetesNames.IsLabel(name))
            yield return $"Namespace '{name}' is not a namespace's name: use at most 63 of a-z, 0-9 and '-', or leave it out to use the pod's";
        if (options.KubeconfigPath is { } path && !File.Exists(path))
            yield return $"KubeconfigPath '{path}' does not exist: correct it, or leave it out to use the pod's service account";
        else if (options.FindFault() is { } fault)
            yield return fault;
        if (options is { KubeconfigContext: not null, KubeconfigPath: null })
            yield return "KubeconfigContext needs KubeconfigPath";
        if (options is { ClientConfiguration: not null, KubeconfigPath: not null })
            yield return "ClientConfiguration and KubeconfigPath exclude each other: set one";
        if (options.PodName is null != options.PodUid is null)
            yield return "PodName and PodUid belong together: set both, from metadata.name and metadata.uid of the downward API, or none";
        if (IsOutside(options.RequestTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1))) yield return "RequestTimeout must be from one second to one minute";
        if (IsOutside(options.ThrottleTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(5))) yield return "ThrottleTimeout must be at most five minutes";
        if (IsOutside(options.WatchTimeout, TimeSpan.FromSeconds(30), TimeSpan.FromHours(1))) yield return "WatchTimeout must be from 30 seconds to one hour";
    }

    private static bool IsOutside(TimeSpan value, TimeSpan least, TimeSpan most) => value < least || value > most;
}
