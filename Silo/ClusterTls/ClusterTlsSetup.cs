using Orleans.Configuration;

namespace OrleansGateway;

/// <summary>TLS on a silo's two ports and on what it opens to others.</summary>
internal static class ClusterTlsSetup
{
    public static void UseClusterTls(this ISiloBuilder silo, ClusterTlsOptions options)
    {
        if (!options.IsOn) return;
        silo.Services.AddClusterTls(options).AddOptions<SiloConnectionOptions>().Configure<TlsConnections>((connections, tls) =>
        {
            connections.ConfigureSiloInboundConnection(port => tls.Accept(port, silosOnly: true));
            connections.ConfigureGatewayInboundConnection(port => tls.Accept(port, silosOnly: false));
            connections.ConfigureSiloOutboundConnection(tls.Connect);
        });
    }
}
