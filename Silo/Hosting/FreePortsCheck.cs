using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace OrleansGateway;

/// <summary>
/// Refuses the ports that another process listens on, right before Orleans starts. Orleans itself would share them with it, and a second silo
/// at an address is taken by the cluster for the first one's successor. Where callers are served, whatever keeps this process from that is found here too: later a
/// whole silo would have to end for it.
/// </summary>
internal sealed class FreePortsCheck(IOptions<EndpointOptions> endpoints, IServer server) : IHostedService
{
    /// <summary>Throws the <see cref="SocketException"/> of a port in use, or a <see cref="ListenException"/> for an address that is not this machine's.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (server is TellingServer web) return web.ListenWhileAsync(Check, cancellationToken);
        Check();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Check()
    {
        var options = endpoints.Value;
        Check(options.SiloListeningEndpoint ?? new IPEndPoint(options.AdvertisedIPAddress, options.SiloPort));
        if (options.GatewayPort != 0) Check(options.GatewayListeningEndpoint ?? new IPEndPoint(options.AdvertisedIPAddress, options.GatewayPort));
    }

    // Fails at one who listens; connections of a process that is gone, which wait for their time, are no hindrance: .NET asks for that at every bind.
    private static void Check(IPEndPoint endpoint)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
        }
        catch (SocketException e) when (e.SocketErrorCode != SocketError.AddressAlreadyInUse)
        {
            throw new ListenException("Gateway:SiloPort, Gateway:GatewayPort, Gateway:AdvertisedAddress", e);
        }
    }
}
