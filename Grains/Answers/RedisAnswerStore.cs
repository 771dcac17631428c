using System.Globalization;
using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>Answers in Redis, in their tenant's hash slot, each with an expiry; a second value leads from a key to its answer's hold.</summary>
internal sealed class RedisAnswerStore(IConnectionMultiplexer connection, RedisBookOptions options, TimeProvider time) : IAnswerStore
{
    private readonly IDatabase _redis = connection.GetDatabase();

    public async Task PutAsync(string tenantId, StoredAnswer answer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var both = _redis.CreateTransaction();
            var put = both.StringSetAsync(AnswerOf(tenantId, answer.Hold), Envelope(answer), AnswerLife.Kept);
            var point = both.StringSetAsync(HoldOf(tenantId, answer.Key), Text(answer.Hold), AnswerLife.Kept);
            if (!await Timely(both.ExecuteAsync(CommandFlags.DemandMaster)) || !await put || !await point)
                throw new StoreUnavailableException($"Redis did not keep the answer of {answer.Hold}.");
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
}
