using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;

namespace OrleansGateway;

/// <summary>
/// TLS on Orleans' connections, with certificates on both sides. Orleans has a package for this, which is not published for its release 10
/// (docs/adr/0021-tls-between-silos-and-clients.md).
/// </summary>
internal sealed partial class TlsConnections(ClusterCertificates certificates, TimeProvider time, ILogger<TlsConnections> logger)
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    // Both sides take the name that is asked for as it is; TLS wants one.
    private const string AnyName = "orleans-gateway";

    /// <summary>Connections from others; <paramref name="silosOnly"/> on the port where whoever speaks is a member.</summary>
    public void Accept(IConnectionBuilder connections, bool silosOnly) => connections.Use(next => async connection =>
    {
        var identity = certificates.Current();
        await using var tls = Over(connection);
        try
        {
            using var limit = new CancellationTokenSource(HandshakeTimeout, time);
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = identity.Certificate,
                    ClientCertificateRequired = true,
                    CertificateChainPolicy = identity.ForClients(silosOnly, time.GetUtcNow()),
                },
                limit.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            LogRefused(connection.RemoteEndPoint?.ToString(), e.Message);
            connection.Abort(new ConnectionAbortedException("The TLS handshake failed.", e));
            return;
        }

        await TlsTransport.RunAsync(connection, tls, next);
    });

    /// <summary>Connections to silos.</summary>
    public void Connect(IConnectionBuilder connections) => connections.Use(next => async connection =>
    {
        var identity = certificates.Current();
        await using var tls = Over(connection);
        using (var limit = new CancellationTokenSource(HandshakeTimeout, time))
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = AnyName,
                    ClientCertificateContext = identity.Certificate,
                    CertificateChainPolicy = identity.ForServers(time.GetUtcNow()),
                    RemoteCertificateValidationCallback = (_, _, _, faults) => (faults & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None,
                },
                limit.Token);
        }

        await TlsTransport.RunAsync(connection, tls, next);
    });

    private static SslStream Over(ConnectionContext connection) => new(new TransportStream(connection.Transport), leaveInnerStreamOpen: false);

    [LoggerMessage(EventName = "cluster_tls_refused", Level = LogLevel.Warning, Message = "A connection from {Remote} to a port of the cluster was refused: {Reason}")]
    private partial void LogRefused(string? remote, string reason);
}
