using k8s;

namespace OrleansGateway;

/// <summary>Where the membership table of a cluster is, and how patient its silos and clients are with the API server.</summary>
public sealed class KubernetesClusteringOptions
{
    /// <summary>
    /// The namespace of the <c>OrleansCluster</c> and the leases. When not set: the variable <c>POD_NAMESPACE</c>, else the pod's own, else the kubeconfig's,
    /// else <c>default</c>.
    /// </summary>
    public string? Namespace { get; set; }

    /// <summary>A kubeconfig file. When not set: the variable <c>KUBECONFIG</c>, else the pod's service account, else <c>~/.kube/config</c>.</summary>
    public string? KubeconfigPath { get; set; }

    /// <summary>A context of the kubeconfig; its current one when not set. Goes with <see cref="KubeconfigPath"/>.</summary>
    public string? KubeconfigContext { get; set; }

    /// <summary>
    /// Makes the client's configuration in place of all the above. Called again whenever the API server answers 401: it must read tokens anew.
    /// </summary>
    public Func<KubernetesClientConfiguration>? ClientConfiguration { get; set; }

    /// <summary>The most one call may take, from one second to one minute. An answer of 429 is tried again within <see cref="ThrottleTimeout"/>.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a call that is answered by 429 is repeated, up to five minutes. A definition just created is answered so for seconds.</summary>
    public TimeSpan ThrottleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one watch lasts before it begins anew, from 30 seconds to one hour. A connection that died unnoticed is found after it.</summary>
    public TimeSpan WatchTimeout { get; set; } = TimeSpan.FromMinutes(4);

    /// <summary>This silo's pod, so that its lease ends with it: both or none. When not set: the variables <c>POD_NAME</c> and <c>POD_UID</c>.</summary>
    public string? PodName { get; set; }

    /// <summary>See <see cref="PodName"/>.</summary>
    public string? PodUid { get; set; }

    /// <summary>Why no API server can be found by these options, with what to do; null when there is one to ask. Reads files, and asks nobody.</summary>
    public string? FindFault() => KubernetesConnection.FindFault(this);
}
