using System.Diagnostics;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster.Kubernetes;

/// <summary>
/// A network namespace for each process, on a bridge on which the tests are too. Whoever is cut off from another sends to a link address that nobody
/// has: packets vanish and nobody is told, as when a cable is pulled.
/// </summary>
internal sealed class NamespacedNetwork : ClusterNetwork
{
    private const int Tests = 1;
    private const int Nobody = 255;

    // Of a range that is for trials (RFC 2544), so that no real network is hidden.
    private readonly string _prefix = $"198.18.{Environment.ProcessId % 256}";
    private readonly string _name = $"og{Environment.ProcessId}";
    private readonly List<int> _nodes = [];

    private NamespacedNetwork()
    {
    }

    public override string Host => AddressOf(Tests);

    /// <summary>Makes the bridge; skips the test where one may not, or cannot.</summary>
    public static async Task<NamespacedNetwork> CreateAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root may make network namespaces.");
        Assert.SkipUnless(await RunAsync("netns list") is null, "There is no `ip netns` (Debian: apt-get install iproute2).");
        var network = new NamespacedNetwork();
        await IpAsync($"link add {network._name} address {LinkOf(Tests)} type bridge");
        await IpAsync($"address add {network.Host}/24 dev {network._name}");
        await IpAsync($"link set {network._name} up");
        return network;
    }

    public override async Task<(string Address, GatewayPlace Place)> JoinAsync(GatewayPlace place)
    {
        int node;
        lock (_nodes) _nodes.Add(node = Tests + 1 + _nodes.Count);
        var inside = NameOf(node);
        await IpAsync($"netns add {inside}");
        await IpAsync($"link add {inside} type veth peer name eth0 address {LinkOf(node)} netns {inside}");
        await IpAsync($"link set {inside} master {_name} up");
        await IpAsync($"-n {inside} address add {AddressOf(node)}/24 dev eth0");
        await IpAsync($"-n {inside} link set lo up");
        await IpAsync($"-n {inside} link set eth0 up");
        return (AddressOf(node), place with { Namespace = inside });
    }

    /// <summary>Cuts a process off from all others, and from the API server, Redis and the upstream too when it says so.</summary>
    public Task CutOffAsync(GatewayProcess process, bool fromHost) => ConnectAsync(process, fromHost, connected: false);

    public Task HealAsync(GatewayProcess process) => ConnectAsync(process, andHost: true, connected: true);

    public override async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await RunAsync($"netns delete {NameOf(node)}");
        await RunAsync($"link delete {_name}");
        await base.DisposeAsync();
    }

    private async Task ConnectAsync(GatewayProcess process, bool andHost, bool connected)
    {
        var node = _nodes.Single(n => NameOf(n) == process.Place.Namespace);
        foreach (var other in _nodes.Where(n => n != node).Concat(andHost ? [Tests] : []))
        {
            await SendAsync(node, other, connected ? other : Nobody);
            await SendAsync(other, node, connected ? node : Nobody);
        }
    }

    /// <summary>What one sends to another goes to the link address of a third.</summary>
    private Task SendAsync(int from, int to, int link) =>
        IpAsync($"{(from == Tests ? "" : $"-n {NameOf(from)} ")}neighbour replace {AddressOf(to)} lladdr {LinkOf(link)} dev {(from == Tests ? _name : "eth0")} nud permanent");

    private string AddressOf(int node) => $"{_prefix}.{node}";

    private string NameOf(int node) => $"{_name}-{node}";

    private static string LinkOf(int node) => $"02:00:00:00:00:{node:x2}";

    private static async Task IpAsync(string arguments) => Assert.Null(await RunAsync(arguments));

    /// <summary>What it complains of; null when all went well.</summary>
    private static async Task<string?> RunAsync(string arguments)
    {
        try
        {
            using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var output = ip.StandardOutput.ReadToEndAsync();
            var errors = await ip.StandardError.ReadToEndAsync();
            await output;
            await ip.WaitForExitAsync();
            return ip.ExitCode == 0 ? null : $"ip {arguments}: {errors}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
