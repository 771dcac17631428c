using System.Net;
using System.Net.Sockets;

namespace OrleansGateway;

/// <summary>
/// Which addresses a webhook may have. An operator's word decides where the gateway connects to, so it must not reach what only the gateway's own
/// network may: metadata services, private hosts, itself.
/// </summary>
internal sealed class WebhookAddresses(WebhookOptions options, bool production)
{
    private static readonly IPNetwork Loopback4 = IPNetwork.Parse("127.0.0.0/8");

    // IANA's special-purpose registries: what is not globally reachable, or leads to such addresses in disguise (NAT64, 6to4, Teredo).
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
            "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    /// <summary>Whether plain http is enough for a host.</summary>
    public bool AllowsHttp(Uri url) => options.AllowHttp || url.IsLoopback;

    /// <summary>Whether an address may be connected to.</summary>
    public bool Allows(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (options.AllowPrivateAddresses) return true;
        if (IsLoopback(address)) return !production;
        return !NotPublic.Any(network => network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address));
    }

    /// <summary>Whether a host, as far as its name alone tells, may be connected to; the addresses of others are seen when they are connected to.</summary>
    public bool MayAllow(Uri url)
    {
        if (url.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6) return IPAddress.TryParse(url.IdnHost, out var address) && Allows(address);
        return !url.IsLoopback || Allows(IPAddress.Loopback);
    }

    private static bool IsLoopback(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork ? Loopback4.Contains(address) : address.Equals(IPAddress.IPv6Loopback);
}
