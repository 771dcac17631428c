using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>The books in Redis, one list of entries per tenant and UTC day. As durable as that Redis: see <see cref="RedisSafety"/>.</summary>
internal sealed class RedisBook(IConnectionMultiplexer connection, RedisBookOptions options, TimeProvider time) : IBook
{
    private const int PageSize = 256;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    private readonly IDatabase _redis = connection.GetDatabase();

    public async Task<long> CountAsync(string tenantId, CancellationToken cancellationToken)
    {
        try
        {
            var count = await _redis.HashGetAsync(KeysOf(tenantId).Head, RedisBookKeys.Count, CommandFlags.DemandMaster).WaitAsync(options.ReadTimeout, time, cancellationToken);
            return count.IsNull ? 0 : count.TryParse(out long number) ? number : throw Torn(tenantId, "its head is not readable");
        }
        catch (Exception fault) when (RedisFaults.IsFault(fault))
        {
            throw RedisFaults.Unavailable($"did not say how long the book of tenant '{tenantId}' is", fault);
        }
    }

    public async Task<AppendOutcome> AppendAsync(
        string tenantId, long expectedCount, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var started = time.GetTimestamp();
        var pause = FirstPause;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryAppendAsync(tenantId, expectedCount, entries, cancellationToken).WaitAsync(TimeLeft(started), time, cancellationToken);
            }
            catch (Exception fault) when (RedisFaults.IsFault(fault))
            {
                // The answer may be lost of an append that landed. Asking again is safe: the same append cannot land twice, and
                // finding it there counts as done.
                if (!RedisFaults.MayPass(fault) || attempt >= options.AppendTries || TimeLeft(started) <= pause)
                {
                    throw RedisFaults.Unavailable($"did not confirm an append to the book of tenant '{tenantId}'", fault);
                }
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

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

    private async Task<AppendOutcome> TryAppendAsync(
        string tenantId, long expectedCount, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        var keys = KeysOf(tenantId);
        var day = RedisAppendScript.DayOf(time.GetUtcNow());
        while (true)
        {
            var (verdict, value) = await RedisAppendScript.RunAsync(_redis, keys, day, expectedCount, entries);
            switch (verdict)
            {
                case "done":
                    return new AppendOutcome(true, (long)value);
                case "stale":
                    return await RepeatedAppend.SettleAsync(this, tenantId, expectedCount, (long)value, entries, cancellationToken);
                case "late":
                    day = (string)value!;
                    continue;
                default: // torn
                    throw Torn(tenantId, (string)value!);
            }
        }
    }

    private async Task<List<RedisBookDay>> DaysAsync(string tenantId, CancellationToken cancellationToken)
    {
        HashEntry[] head;
        try
        {
            head = await _redis.HashGetAllAsync(KeysOf(tenantId).Head, CommandFlags.DemandMaster).WaitAsync(options.ReadTimeout, time, cancellationToken);
        }
        catch (Exception fault) when (RedisFaults.IsFault(fault))
        {
            throw RedisFaults.Unavailable($"did not give the head of the book of tenant '{tenantId}'", fault);
        }

        return RedisBookDay.From(head) ?? throw Torn(tenantId, "its head is not readable");
    }

    private async Task<RedisValue[]> PageAsync(
        string tenantId, string day, RedisKey list, long from, long wanted, CancellationToken cancellationToken)
    {
        RedisValue[] page;
        try
        {
            page = await _redis.ListRangeAsync(list, from, from + wanted - 1, CommandFlags.DemandMaster).WaitAsync(options.ReadTimeout, time, cancellationToken);
        }
        catch (Exception fault) when (RedisFaults.IsFault(fault))
        {
            throw RedisFaults.Unavailable($"did not give entries of the book of tenant '{tenantId}'", fault);
        }

        return page.Length == wanted ? page : throw Torn(tenantId, day);
    }

    private static StoreUnavailableException Torn(string tenantId, string where) =>
        new($"Redis has lost a part of the book of tenant '{tenantId}' ({where}). Restore it from a backup.") { IsLoss = true };

    private RedisBookKeys KeysOf(string tenantId) => new(options.KeyPrefix, tenantId);

    private TimeSpan TimeLeft(long started)
    {
        var left = options.AppendTimeout - time.GetElapsedTime(started);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
