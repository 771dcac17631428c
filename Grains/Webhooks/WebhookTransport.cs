using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;

namespace OrleansGateway;

/// <summary>Sockets to webhooks. What a name stands for is looked at when it is connected to, not before, so no name can mean two things.</summary>
internal sealed class WebhookTransport(WebhookAddresses addresses)
{
    public SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        MaxResponseHeadersLength = 16,
        MaxConnectionsPerServer = 16,
        ActivityHeadersPropagator = null,
        MeterFactory = new OwnMeter(),
        ConnectCallback = ConnectAsync,
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var known = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        var allowed = known.Where(addresses.Allows).ToArray();
        if (allowed.Length == 0) throw new AddressRefusedException(host);

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>
/// A meter that nobody reads, in place of the one that all clients of the process share: tenants choose the hosts of webhooks, and each would be a label there.
/// </summary>
internal sealed class OwnMeter : IMeterFactory
{
    public Meter Create(MeterOptions options) => new("OrleansGateway.Webhooks.Sockets");

    public void Dispose()
    {
    }
}

/// <summary>A name stands for no address that webhooks may have.</summary>
internal sealed class AddressRefusedException(string host) : IOException(
    $"{host} is no public address; Gateway:Webhooks:AllowPrivateAddresses=true lets private ones and this machine be called.");
