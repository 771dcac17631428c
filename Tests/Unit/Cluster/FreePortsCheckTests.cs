using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

public sealed class FreePortsCheckTests
{
    private readonly int _port = FreePorts.Next();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_port_that_a_silo_listens_on_is_refused(bool gateway)
    {
        using var other = Listen();
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.Any })
        {
            var fault = await Assert.ThrowsAsync<SocketException>(() => Check(address, gateway ? FreePorts.Next() : _port, gateway ? _port : FreePorts.Next()).StartAsync(default));
            Assert.Equal(SocketError.AddressAlreadyInUse, fault.SocketErrorCode);
        }
    }

    [Fact]
    public async Task One_whose_last_connections_still_wait_for_their_time_is_not()
    {
        using (var other = Listen())
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(IPAddress.Loopback, _port);
            (await other.AcceptAsync()).Close();
            await client.ReceiveAsync(new byte[1]); // its end
        }

        Assert.Contains(
            IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections(),
            connection => connection.LocalEndPoint.Port == _port && connection.State is TcpState.TimeWait or TcpState.FinWait2);
        await Check(IPAddress.Loopback, _port, FreePorts.Next()).StartAsync(default);
    }

    [Fact]
    public async Task An_address_that_is_not_this_machines_is_told_by_its_setting()
    {
        var fault = await Assert.ThrowsAsync<ListenException>(() => Check(IPAddress.Parse("203.0.113.9"), _port, 0).StartAsync(default));
        Assert.Contains("Gateway:AdvertisedAddress", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_without_a_gateway_port_needs_one_only() => await Check(IPAddress.Loopback, _port, 0).StartAsync(default);

    private static FreePortsCheck Check(IPAddress address, int silo, int gateway) => new(Options.Create(new EndpointOptions
    {
        AdvertisedIPAddress = IPAddress.Loopback,
        SiloPort = silo,
        GatewayPort = gateway,
        SiloListeningEndpoint = new IPEndPoint(address, silo),
        GatewayListeningEndpoint = address.Equals(IPAddress.Any) ? new IPEndPoint(address, gateway) : null,
    }), new NoServer());

    // As Orleans does.
    private Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, _port));
        socket.Listen();
        return socket;
    }
}
