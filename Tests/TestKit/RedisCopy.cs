using StackExchange.Redis;

namespace OrleansGateway.Tests.TestKit;

/// <summary>All that a Redis had at one moment, to be put back later: a failover that lost the last writes, or a restored backup.</summary>
internal sealed class RedisCopy
{
    private readonly IConnectionMultiplexer _connection;
    private readonly Dictionary<string, byte[]> _values = [];

    private RedisCopy(IConnectionMultiplexer connection) => _connection = connection;

    public static async Task<RedisCopy> TakeAsync(IConnectionMultiplexer connection)
    {
        var copy = new RedisCopy(connection);
        await foreach (var key in connection.GetServers()[0].KeysAsync(pageSize: 1_000))
            if (await connection.GetDatabase().KeyDumpAsync(key) is { } value) copy._values[key!] = value;
        return copy;
    }

    /// <summary>Puts back what <paramref name="which"/> says, or all.</summary>
    public async Task PutBackAsync(Func<string, bool>? which = null)
    {
        var database = _connection.GetDatabase();
        if (which is null) await _connection.GetServers()[0].FlushAllDatabasesAsync();
        foreach (var (key, value) in _values)
        {
            if (which is not null && !which(key)) continue;
            await database.KeyDeleteAsync(key);
            await database.KeyRestoreAsync(key, value);
        }
    }
}
