using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>The clock of the Redis that has the books: in a Redis cluster that of one and the same of its primaries.</summary>
internal sealed class RedisClock(IConnectionMultiplexer connection, RedisBookOptions options) : ISharedClock
{
    // A script, for TIME itself has no key that says whom to ask.
    private const string Script = "return redis.call('TIME')";

    private readonly RedisKey[] _where = [options.KeyPrefix + RedisStoreMark.Name];

    public string Name => "the clock of Redis";

    public async Task<DateTimeOffset> NowAsync()
    {
        try
        {
            var time = (RedisResult[])(await connection.GetDatabase().ScriptEvaluateAsync(Script, _where, flags: CommandFlags.DemandMaster).WaitAsync(options.ReadTimeout))!;
            return DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds((long)time[0]) + TimeSpan.FromMicroseconds((long)time[1]);
        }
        catch (Exception fault) when (RedisFaults.IsFault(fault))
        {
            throw RedisFaults.Unavailable("did not say what time it is", fault);
        }
    }
}
