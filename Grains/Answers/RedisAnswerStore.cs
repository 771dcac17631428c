using System.Globalization;
using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>
/// Answers in Redis, in their tenant's hash slot, each with an expiry; a second value leads from a key to its answer's hold, and a hash tells how many bytes came
/// in each hour whose answers may still be there.
/// </summary>
internal sealed class RedisAnswerStore(IConnectionMultiplexer connection, RedisBookOptions options, TimeProvider time) : IAnswerStore
{
    // An answer that is put again is counted once, in the hour of the last time: bytes are counted an hour too long at most.
    private const string Put = """
        local bytes, sizes = #ARGV[1] - redis.call('STRLEN', KEYS[1]), redis.call('HGETALL', KEYS[3])
        local sum = bytes
        for i = 1, #sizes, 2 do
          if tonumber(sizes[i]) < tonumber(ARGV[5]) then redis.call('HDEL', KEYS[3], sizes[i]) else sum = sum + tonumber(sizes[i + 1]) end
        end
        if sum > tonumber(ARGV[6]) then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
        redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
        redis.call('HINCRBY', KEYS[3], ARGV[4], bytes)
        redis.call('PEXPIRE', KEYS[3], ARGV[3])
        return 1
        """;

    private readonly IDatabase _redis = connection.GetDatabase();

    public Task PutAsync(string tenantId, StoredAnswer answer, CancellationToken cancellationToken) => TryPutAsync(tenantId, answer, long.MaxValue, cancellationToken);

    public async Task<bool> TryPutAsync(string tenantId, StoredAnswer answer, long most, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var hour = time.GetUtcNow().ToUnixTimeSeconds() / 3_600;
        try
        {
            return (bool)await Timely(_redis.ScriptEvaluateAsync(
                Put,
                [AnswerOf(tenantId, answer.Hold), HoldOf(tenantId, answer.Key), BytesOf(tenantId)],
                [Envelope(answer), Text(answer.Hold), (long)AnswerLife.Kept.TotalMilliseconds, hour, hour - (long)AnswerLife.Kept.TotalHours, most],
                CommandFlags.DemandMaster));
        }
        catch (Exception fault) when (RedisFaults.IsFault(fault))
        {
            throw RedisFaults.Unavailable($"did not confirm the answer of {answer.Hold}", fault);
        }
    }

    public async Task<StoredAnswer?> FindAsync(string tenantId, HoldId hold, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Open(hold, await ReadAsync(AnswerOf(tenantId, hold)));
    }

    public async Task<StoredAnswer?> FindByKeyAsync(string tenantId, string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Parse(await ReadAsync(HoldOf(tenantId, key))) is { } hold ? await FindAsync(tenantId, hold, cancellationToken) : null;
    }

    private async Task<RedisValue> ReadAsync(RedisKey key)
    {
        try
        {
            return await Timely(_redis.StringGetAsync(key, CommandFlags.DemandMaster));
        }
        catch (Exception fault) when (RedisFaults.IsFault(fault))
        {
            throw RedisFaults.Unavailable("did not say whether an answer was kept", fault);
        }
    }

    private Task<T> Timely<T>(Task<T> asked) => asked.WaitAsync(options.AppendTimeout, time);

    // An idempotency key has no line feed in it.
    private static byte[] Envelope(StoredAnswer answer) => [.. System.Text.Encoding.ASCII.GetBytes(answer.Key), (byte)'\n', .. answer.Bytes.Span];

    private static StoredAnswer? Open(HoldId hold, RedisValue value)
    {
        if (value.IsNull) return null;
        ReadOnlyMemory<byte> bytes = value;
        var end = bytes.Span.IndexOf((byte)'\n');
        return end < 0
            ? throw new StoreUnavailableException($"The answer that Redis has for {hold} cannot be read.")
            : new StoredAnswer(hold, System.Text.Encoding.ASCII.GetString(bytes.Span[..end]), bytes[(end + 1)..]);
    }

    private static string Text(HoldId hold) => $"{hold.RequestId}/{hold.Attempt.ToString(CultureInfo.InvariantCulture)}";

    private static HoldId? Parse(RedisValue value) =>
        ((string?)value)?.Split('/') is [var request, var attempt] && int.TryParse(attempt, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new HoldId(request, number)
            : null;

    private RedisKey AnswerOf(string tenantId, HoldId hold) => $"{options.KeyPrefix}{{t:{tenantId}}}:answer:{Text(hold)}";

    private RedisKey HoldOf(string tenantId, string key) => $"{options.KeyPrefix}{{t:{tenantId}}}:answered:{key}";

    private RedisKey BytesOf(string tenantId) => $"{options.KeyPrefix}{{t:{tenantId}}}:answers:bytes";
}
