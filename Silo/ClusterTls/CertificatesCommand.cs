using k8s.Autorest;

namespace OrleansGateway;

/// <summary><c>OrleansGateway.Silo certificates</c>: keeps the certificates of the cluster's own TLS in the namespace of the pod, once, and ends.</summary>
internal static class CertificatesCommand
{
    public const string Name = "certificates";

    /// <summary>0 when all is as it should be, 1 with a message when it could not be made so.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { Args = args });
        builder.AddGatewayLogging();
        using var host = builder.Build();
        try
        {
            var options = new KubernetesClusteringOptions();
            if (options.FindFault() is { } fault) throw new KubernetesClusteringException(fault);
            using var connection = new KubernetesConnection(options);
            var keeper = new CertificateKeeper(
                new SecretStore(connection.Client, connection.Namespace), TimeProvider.System, host.Services.GetRequiredService<ILogger<CertificateKeeper>>());
            await keeper.KeepAsync(CancellationToken.None);
            return 0;
        }
        catch (Exception e) when (MessageOf(e) is { } message)
        {
            await Console.Error.WriteLineAsync($"The cluster's certificates could not be seen to: {message}");
            return 1;
        }
    }

    private static string? MessageOf(Exception exception) => exception switch
    {
        KubernetesClusteringException or InvalidDataException => exception.Message,
        HttpOperationException refused => $"the API server answered {(int)refused.Response.StatusCode}: {refused.Response.Content}",
        HttpRequestException or OperationCanceledException => $"the API server does not answer: {exception.Message}",
        _ => null,
    };
}
