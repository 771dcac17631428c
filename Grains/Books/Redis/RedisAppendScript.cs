using System.Globalization;
using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>Compare-and-append, for any number of books, as one script, which Redis runs without interruption.</summary>
internal static class RedisAppendScript
{
    // Numbers in Lua are doubles: counts are exact below 2^53, which a book reaches after some hundred thousand years.
    // Days are compared as text; of one form (2026-11-23), text has the order of time.
    // unpack takes a few thousand values at most.
    // What is asked before anything is written is asked so that an error of one book (a key of another kind) is not the others'.
    private const string Text = """
        local function append(head, list, expected, day, from, to)
          local known = redis.pcall('HMGET', head, 'count', 'day', day)
          if known.err then return {'refused', known.err} end
          local count = tonumber(known[1] or '0')
          if not count then return {'torn', 'its head is not readable'} end
          if count ~= expected then return {'stale', count} end
          if to < from then return count end
          local newest = known[2]
          if newest and newest > day then return {'late', newest} end
          local first = count + 1
          if newest == day then first = tonumber(known[3]) end
          local length = redis.pcall('LLEN', list)
          if type(length) == 'table' then return {'refused', length.err} end
          if not first or length ~= count + 1 - first then return {'torn', day} end
          for i = from, to, 1000 do redis.call('RPUSH', list, unpack(ARGV, i, math.min(i + 999, to))) end
          count = count + 1 + to - from
          if newest == day then redis.call('HSET', head, 'count', count)
          else redis.call('HSET', head, 'count', count, 'day', day, day, first) end
          return count
        end
        local answers, at = {}, 1
        for k = 1, #KEYS, 2 do
          local from = at + 3
          local to = at + 2 + tonumber(ARGV[at + 2])
          answers[#answers + 1] = append(KEYS[k], KEYS[k + 1], tonumber(ARGV[at]), ARGV[at + 1], from, to)
          at = to + 1
        end
        return answers
        """;

    /// <summary>Answers in the order of the appends. They are independent: none of them fails because another does.</summary>
    public static async Task<RedisAppendAnswer[]> RunAsync(IDatabase redis, IReadOnlyList<RedisAppend> appends)
    {
        var keys = new RedisKey[appends.Count * 2];
        var count = 0;
        foreach (var append in appends) count += 3 + append.Entries.Count;
        var arguments = new RedisValue[count];
        var next = 0;
        for (var i = 0; i < appends.Count; i++)
        {
            var append = appends[i];
            keys[2 * i] = append.Keys.Head;
            keys[(2 * i) + 1] = append.Keys.EntriesOf(append.Day);
            arguments[next++] = append.ExpectedCount;
            arguments[next++] = append.Day;
            arguments[next++] = append.Entries.Count;
            for (var j = 0; j < append.Entries.Count; j++) arguments[next++] = append.Entries[j];
        }

        var answers = await redis.ScriptEvaluateAsync(Text, keys, arguments, CommandFlags.DemandMaster);
        var parsed = new RedisAppendAnswer[appends.Count];
        for (var i = 0; i < parsed.Length; i++) parsed[i] = RedisAppendAnswer.Parse(answers[i]);
        return parsed;
    }

    public static string DayOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>What the script said of one append.</summary>
internal enum RedisAppendVerdict
{
    /// <summary>It is there.</summary>
    Done,

    /// <summary>The book has another count than expected; nothing was written.</summary>
    Stale,

    /// <summary>The book has reached a newer day already, as when a clock went back; nothing was written, ask again with that day.</summary>
    Late,

    /// <summary>The head makes no sense, or a day's list is not as long as the head says.</summary>
    Torn,

    /// <summary>Redis refused to look.</summary>
    Refused,
}

/// <summary>A verdict with the book's count, or with the day, place or reason as text.</summary>
internal readonly record struct RedisAppendAnswer(RedisAppendVerdict Verdict, long Count, string? Text)
{
    public static RedisAppendAnswer Parse(RedisResult answer)
    {
        if (answer.Length < 0) return new(RedisAppendVerdict.Done, (long)answer, null);
        return (string)answer[0]! switch
        {
            "stale" => new(RedisAppendVerdict.Stale, (long)answer[1], null),
            "late" => new(RedisAppendVerdict.Late, 0, (string)answer[1]!),
            "torn" => new(RedisAppendVerdict.Torn, 0, (string)answer[1]!),
            _ => new(RedisAppendVerdict.Refused, 0, (string)answer[1]!),
        };
    }
}
