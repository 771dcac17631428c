using k8s;
using k8s.Exceptions;

namespace OrleansGateway;

/// <summary>The client of one API server, and the namespace it works in.</summary>
internal sealed class KubernetesConnection : IDisposable
{
    private const string NoServer =
        "There is no API server to be found: run in a pod with its service account's token mounted (automountServiceAccountToken), "
        + "or set KUBECONFIG or KubernetesClusteringOptions.KubeconfigPath";

    private readonly RenewableToken? _token;

    public KubernetesConnection(KubernetesClusteringOptions options)
    {
        var read = options.ClientConfiguration ?? (() => Find(options) ?? throw new KubernetesClusteringException(NoServer));
        var configuration = read();
        var ownNamespace = OwnNamespaceOf(configuration);
        Namespace = options.Namespace ?? ownNamespace;
        IsOwnNamespace = Namespace == ownNamespace;
        configuration.HttpClientTimeout = options.RequestTimeout;
        configuration.FirstMessageHandlerSetup += handler => FindDeadConnections(handler, options);
        _token = RenewableToken.PutInto(configuration, read);
        Client = new k8s.Kubernetes(configuration);
    }

    public IKubernetes Client { get; }

    public string Namespace { get; }

    /// <summary>Whether it is this process's own. An owner in another namespace does not exist for the API server, which collects what it owns.</summary>
    public bool IsOwnNamespace { get; }

    /// <summary>Reads the token anew; false when there is none to read.</summary>
    public bool RenewToken()
    {
        _token?.Renew();
        return _token is not null;
    }

    public void Dispose() => Client.Dispose();

    // Over HTTP/2 all requests share a connection, and one that died silently would fail them all for minutes.
    private static void FindDeadConnections(SocketsHttpHandler handler, KubernetesClusteringOptions options)
    {
        handler.ConnectTimeout = options.RequestTimeout;
        handler.KeepAlivePingDelay = options.RequestTimeout;
        handler.KeepAlivePingTimeout = options.RequestTimeout;
    }

    /// <summary>See <see cref="KubernetesClusteringOptions.FindFault"/>.</summary>
    public static string? FindFault(KubernetesClusteringOptions options)
    {
        if (options.ClientConfiguration is not null) return null;
        try
        {
            return Find(options) is null ? NoServer : null;
        }
        catch (Exception e) when (e is KubeConfigException or IOException or UnauthorizedAccessException or YamlDotNet.Core.YamlException)
        {
            return $"The API server's address and credentials cannot be read: {e.Message}";
        }
    }

    private static KubernetesClientConfiguration? Find(KubernetesClusteringOptions options)
    {
        if (options.KubeconfigPath is { } path) return KubernetesClientConfiguration.BuildConfigFromConfigFile(path, options.KubeconfigContext);
        var isNamed = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KUBECONFIG"));
        if (isNamed) return KubernetesClientConfiguration.BuildDefaultConfig();
        if (KubernetesClientConfiguration.IsInCluster()) return KubernetesClientConfiguration.InClusterConfig();
        var usual = KubernetesClientConfiguration.KubeConfigDefaultLocation;
        return File.Exists(usual) ? KubernetesClientConfiguration.BuildConfigFromConfigFile(usual) : null;
    }

    private static string OwnNamespaceOf(KubernetesClientConfiguration configuration)
    {
        string?[] named = [Environment.GetEnvironmentVariable("POD_NAMESPACE"), configuration.Namespace?.Trim()];
        return named.FirstOrDefault(name => !string.IsNullOrEmpty(name)) ?? "default";
    }
}
