namespace OrleansGateway.Tests.TestKit;

/// <summary>A Redis Cluster of one node, which has all slots: it refuses what concerns keys of several, as every cluster does.</summary>
public sealed class RedisClusterNode : RedisServer
{
    private readonly int _busPort = FreePort();

    private protected override string[] MoreSettings => ["--cluster-enabled", "yes", "--cluster-port", $"{_busPort}"];

    private protected override async Task PrepareAsync()
    {
        await using var connection = await ConnectAsync();
        var server = connection.GetServers()[0];
        await server.ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", 0, 16383);
        await Eventually.BecomesAsync(
            async () => (string)(await server.ExecuteAsync("CLUSTER", "INFO"))!,
            info => info.Contains("cluster_state:ok", StringComparison.Ordinal),
            TimeSpan.FromSeconds(30),
            "The cluster");
    }
}
