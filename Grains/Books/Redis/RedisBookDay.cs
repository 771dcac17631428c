using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>The stretch of a book that lies in one day's list.</summary>
internal readonly record struct RedisBookDay(string Day, long FirstSeq, long LastSeq)
{
    /// <summary>Reads a head: the days in order, without gaps from the first entry to the last. Null if that is not what it says.</summary>
    public static List<RedisBookDay>? From(HashEntry[] head)
    {
        var count = 0L;
        var starts = new List<(string Day, long FirstSeq)>(head.Length);
        foreach (var field in head)
        {
            if (field.Name == RedisBookKeys.NewestDay)
            {
                continue;
            }

            if (!field.Value.TryParse(out long number))
            {
                return null;
            }

            if (field.Name == RedisBookKeys.Count)
            {
                count = number;
            }
            else
            {
                starts.Add(((string)field.Name!, number));
            }
        }

        starts.Sort((a, b) => a.FirstSeq.CompareTo(b.FirstSeq));
        var startsAtOne = starts.Count == 0 ? count == 0 : starts[0].FirstSeq == 1;
        return startsAtOne
            ? [.. starts.Select((start, i) => new RedisBookDay(start.Day, start.FirstSeq, i + 1 < starts.Count ? starts[i + 1].FirstSeq - 1 : count))]
            : null;
    }
}
