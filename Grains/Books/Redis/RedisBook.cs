using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>The books in Redis, one list of entries per tenant and UTC day. As durable as that Redis: see <see cref="RedisSafety"/>.</summary>
internal sealed class RedisBook : IBook
{
    private const int PageSize = 256;

    private readonly RedisBookOptions _options;
    private readonly TimeProvider _time;
    private readonly IDatabase _redis;
    private readonly RedisAppends _appends;

    public RedisBook(IConnectionMultiplexer connection, RedisBookOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _redis = connection.GetDatabase();
        _appends = new RedisAppends(connection, this, options, time);
    }

    public async Task<long> CountAsync(string tenantId, CancellationToken cancellationToken)
    {
        try
        {
            var count = await _redis.HashGetAsync(KeysOf(tenantId).Head, RedisBookKeys.Count, CommandFlags.DemandMaster).WaitAsync(_options.ReadTimeout, _time, cancellationToken);
            return count.IsNull ? 0 : count.TryParse(out long number) ? number : throw RedisFaults.Torn(tenantId, "its head is not readable");
        }
        catch (Exception fault) when (RedisFaults.IsFault(fault))
        {
            throw RedisFaults.Unavailable($"did not say how long the book of tenant '{tenantId}' is", fault);
        }
    }

    /// <remarks>Cancelling has an effect only before the append is handed over: after that its outcome is worth waiting for.</remarks>
    public Task<AppendOutcome> AppendAsync(
        string tenantId, long expectedCount, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested
            ? Task.FromCanceled<AppendOutcome>(cancellationToken)
            : _appends.AppendAsync(new RedisAppend(tenantId, KeysOf(tenantId), RedisAppendScript.DayOf(_time.GetUtcNow()), expectedCount, entries, _time.GetTimestamp()));

    public async IAsyncEnumerable<RawEntry> ReadAsync(
        string tenantId, long firstSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var keys = KeysOf(tenantId);
        var next = Math.Max(firstSeq, 1);
        foreach (var day in await DaysAsync(tenantId, cancellationToken))
        {
            while (next <= day.LastSeq)
            {
                var from = next - day.FirstSeq;
                var wanted = Math.Min(PageSize, day.LastSeq - next + 1);
                foreach (var entry in await PageAsync(tenantId, day.Day, keys.EntriesOf(day.Day), from, wanted, cancellationToken))
                {
                    yield return new RawEntry(next++, entry);
                }
            }
        }
    }

    public async Task<RawEntry?> FindAsync(string tenantId, long seq, CancellationToken cancellationToken)
    {
        foreach (var day in await DaysAsync(tenantId, cancellationToken))
        {
            if (seq < day.FirstSeq || seq > day.LastSeq)
            {
                continue;
            }

            var entry = await PageAsync(tenantId, day.Day, KeysOf(tenantId).EntriesOf(day.Day), seq - day.FirstSeq, wanted: 1, cancellationToken);
            return new RawEntry(seq, entry[0]);
        }

        return null;
    }

    private async Task<List<RedisBookDay>> DaysAsync(string tenantId, CancellationToken cancellationToken)
    {
        HashEntry[] head;
        try
        {
            head = await _redis.HashGetAllAsync(KeysOf(tenantId).Head, CommandFlags.DemandMaster).WaitAsync(_options.ReadTimeout, _time, cancellationToken);
        }
        catch (Exception fault) when (RedisFaults.IsFault(fault))
        {
            throw RedisFaults.Unavailable($"did not give the head of the book of tenant '{tenantId}'", fault);
        }

        return RedisBookDay.From(head) ?? throw RedisFaults.Torn(tenantId, "its head is not readable");
    }

    private async Task<RedisValue[]> PageAsync(
        string tenantId, string day, RedisKey list, long from, long wanted, CancellationToken cancellationToken)
    {
        RedisValue[] page;
        try
        {
            page = await _redis.ListRangeAsync(list, from, from + wanted - 1, CommandFlags.DemandMaster).WaitAsync(_options.ReadTimeout, _time, cancellationToken);
        }
        catch (Exception fault) when (RedisFaults.IsFault(fault))
        {
            throw RedisFaults.Unavailable($"did not give entries of the book of tenant '{tenantId}'", fault);
        }

        return page.Length == wanted ? page : throw RedisFaults.Torn(tenantId, day);
    }

    private RedisBookKeys KeysOf(string tenantId) => new(_options.KeyPrefix, tenantId);
}
