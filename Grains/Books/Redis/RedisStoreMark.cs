using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>A key that the first process writes once in a Redis's life, and that every process remembers from its start.</summary>
internal sealed class RedisStoreMark(IConnectionMultiplexer connection, RedisBookOptions options) : IStoreMark
{
    /// <summary>The key, without the prefix.</summary>
    public const string Name = "gateway:store";

    private readonly IDatabase _redis = connection.GetDatabase();
    private volatile string? _remembered;

    private RedisKey Key => options.KeyPrefix + Name;

    public async Task<string?> ForeignAsync()
    {
        try
        {
            var mark = await _redis.StringGetAsync(Key, CommandFlags.DemandMaster).WaitAsync(options.ReadTimeout);
            if (mark.IsNull)
            {
                // Of several processes the first one's stands.
                await _redis.StringSetAsync(Key, Guid.NewGuid().ToString("N"), when: When.NotExists, flags: CommandFlags.DemandMaster).WaitAsync(options.ReadTimeout);
                mark = await _redis.StringGetAsync(Key, CommandFlags.DemandMaster).WaitAsync(options.ReadTimeout);
            }
            var found = (string)mark!;
            _remembered ??= found;
            return _remembered == found ? null : found;
        }
        catch (Exception fault) when (RedisFaults.IsFault(fault))
        {
            throw RedisFaults.Unavailable("did not say which store it is", fault);
        }
    }
}
