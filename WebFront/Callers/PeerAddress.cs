using System.Net;

namespace OrleansGateway;

/// <summary>The address that a request comes from: its connection's, or what a trusted proxy says of whom it speaks for.</summary>
internal sealed class PeerAddress(GatewayOptions options)
{
    private const string ForwardedFor = "X-Forwarded-For";

    private readonly IPNetwork[] _proxies = [.. options.TrustedProxies.Select(network => IPNetwork.Parse(network))];

    /// <summary>The address; null when the connection has none.</summary>
    public IPAddress? Of(HttpContext http)
    {
        var peer = Plain(http.Connection.RemoteIpAddress);
        if (_proxies.Length == 0 || !IsProxy(peer)) return peer;
        // Each proxy adds whom it heard at the end: what stands before an address that is no proxy's may be made up.
        foreach (var told in http.Request.Headers[ForwardedFor].ToString().Split(',', StringSplitOptions.TrimEntries).AsEnumerable().Reverse())
        {
            if (!IPEndPoint.TryParse(told, out var from)) break;
            peer = Plain(from.Address);
            if (!IsProxy(peer)) break;
        }
        return peer;
    }

    private bool IsProxy(IPAddress? address) => address is not null && Array.Exists(_proxies, network => network.Contains(address));

    private static IPAddress? Plain(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
}
