using k8s;

namespace OrleansGateway;

/// <summary>The client of one API server, and the namespace it works in.</summary>
internal sealed class KubernetesConnection : IDisposable
{
    private readonly RenewableToken? _token;

    public KubernetesConnection(KubernetesClusteringOptions options)
    {
        var read = options.ClientConfiguration ?? (() => Find(options));
        var configuration = read();
        Namespace = NamespaceOf(options, configuration);
        configuration.HttpClientTimeout = options.RequestTimeout;
        _token = RenewableToken.PutInto(configuration, read);
        Client = new k8s.Kubernetes(configuration);
    }

    public IKubernetes Client { get; }

    public string Namespace { get; }

    /// <summary>Reads the token anew; false when there is none to read.</summary>
    public bool RenewToken()
    {
        _token?.Renew();
        return _token is not null;
    }

    public void Dispose() => Client.Dispose();

    private static KubernetesClientConfiguration Find(KubernetesClusteringOptions options)
    {
        if (options.KubeconfigPath is { } path) return KubernetesClientConfiguration.BuildConfigFromConfigFile(path, options.KubeconfigContext);
        var named = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KUBECONFIG"));
        if (!named && KubernetesClientConfiguration.IsInCluster()) return KubernetesClientConfiguration.InClusterConfig();
        if (named || File.Exists(KubernetesClientConfiguration.KubeConfigDefaultLocation)) return KubernetesClientConfiguration.BuildDefaultConfig();
        throw new KubernetesClusteringException(
            "There is no API server to be found: run in a pod with its service account's token mounted (automountServiceAccountToken), or set KUBECONFIG or KubernetesClusteringOptions.KubeconfigPath");
    }

    private static string NamespaceOf(KubernetesClusteringOptions options, KubernetesClientConfiguration configuration)
    {
        string?[] named = [options.Namespace, Environment.GetEnvironmentVariable("POD_NAMESPACE"), configuration.Namespace?.Trim()];
        return named.FirstOrDefault(name => !string.IsNullOrEmpty(name)) ?? "default";
    }
}
