using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;

namespace OrleansGateway;

/// <summary>Adds TLS to what this process says to its cluster, when the settings have certificates.</summary>
internal static class ClusterTlsRegistration
{
    /// <summary>What silos and clients alike need.</summary>
    public static IServiceCollection AddClusterTls(this IServiceCollection services, ClusterTlsOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<ClusterCertificates>();
        services.AddSingleton<TlsConnections>();
        return services;
    }

    public static void UseClusterTls(this IClientBuilder client, ClusterTlsOptions options)
    {
        if (!options.IsOn) return;
        client.Services.AddClusterTls(options).AddOptions<ClientConnectionOptions>().Configure<TlsConnections>((connections, tls) => connections.ConfigureConnection(tls.Connect));
    }
}
