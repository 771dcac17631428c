using System.Globalization;
using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>Compare-and-append as one script, which Redis runs without interruption.</summary>
internal static class RedisAppendScript
{
    // Numbers in Lua are doubles: counts are exact below 2^53, which a book reaches after some hundred thousand years.
    // Days are compared as text; of one form (2026-11-23), text has the order of time.
    // unpack takes a few thousand values at most.
    private const string Text = """
        local head = redis.call('HMGET', KEYS[1], 'count', 'day')
        local count = tonumber(head[1] or '0')
        if not count then return {'torn', 'its head is not readable'} end
        if count ~= tonumber(ARGV[1]) then return {'stale', count} end
        local n = #ARGV - 2
        if n == 0 then return {'done', count} end
        local day = ARGV[2]
        if head[2] and head[2] > day then return {'late', head[2]} end
        local first = count + 1
        if head[2] == day then first = tonumber(redis.call('HGET', KEYS[1], day)) end
        if not first or redis.call('LLEN', KEYS[2]) ~= count + 1 - first then return {'torn', day} end
        for i = 3, n + 2, 1000 do redis.call('RPUSH', KEYS[2], unpack(ARGV, i, math.min(i + 999, n + 2))) end
        if head[2] == day then redis.call('HSET', KEYS[1], 'count', count + n)
        else redis.call('HSET', KEYS[1], 'count', count + n, 'day', day, day, first) end
        return {'done', count + n}
        """;

    /// <summary>
    /// Answers <c>done</c> or <c>stale</c> with the count; <c>late</c> with a newer day that the book has reached already (a clock went
    /// back: nothing is written, ask again with that day); <c>torn</c> with a day whose list is not as long as the head says.
    /// </summary>
    public static async Task<(string Verdict, RedisResult Value)> RunAsync(
        IDatabase redis, RedisBookKeys keys, string day, long expectedCount, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        var arguments = new RedisValue[entries.Count + 2];
        arguments[0] = expectedCount;
        arguments[1] = day;
        for (var i = 0; i < entries.Count; i++)
        {
            arguments[i + 2] = entries[i];
        }

        var answer = (RedisResult[])(await redis.ScriptEvaluateAsync(Text, [keys.Head, keys.EntriesOf(day)], arguments, CommandFlags.DemandMaster))!;
        return ((string)answer[0]!, answer[1]);
    }

    public static string DayOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
