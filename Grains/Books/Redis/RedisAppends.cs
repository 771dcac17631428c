using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>
/// Takes the appends of all tenants to Redis. While a few scripts are under way, those that come wait and share the next one: what a script
/// costs is then paid once for all. Each append still stands or falls by itself. In a Redis Cluster, where keys of different tenants are on different
/// nodes, each goes alone.
/// </summary>
internal sealed class RedisAppends(IConnectionMultiplexer connection, IBook book, RedisBookOptions options, TimeProvider time)
{
    // So that a slow answer holds back only a part of those who wait.
    private const int SendersAtMost = 4;
    private const int EntriesAtOnce = 1_000;
    private const int WaitingLimit = 10_000;

    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200));

    private readonly IDatabase _redis = connection.GetDatabase();
    private readonly Lock _gate = new();
    private readonly Queue<RedisAppend> _waiting = new();
    private int _senders;
    private volatile bool _eachAlone;

    /// <summary>Returns what became of it; throws <see cref="StoreUnavailableException"/> when that is not known in time.</summary>
    public Task<AppendOutcome> AppendAsync(RedisAppend append)
    {
        if (_eachAlone)
        {
            _ = SendAsync([append]);
            return append.Completed;
        }

        lock (_gate)
        {
            if (_waiting.Count >= WaitingLimit) return Task.FromException<AppendOutcome>(new StoreUnavailableException($"Redis is {WaitingLimit} appends behind."));
            _waiting.Enqueue(append);
            if (_senders == SendersAtMost) return append.Completed;
            _senders++;
        }

        _ = Task.Run(SendWaitingAsync);
        return append.Completed;
    }

    private async Task SendWaitingAsync()
    {
        while (Take() is { } batch)
        {
            try
            {
                // Known once there is a connection, and it may be exchanged for one.
                if (Array.Exists(connection.GetServers(), server => server.ServerType == ServerType.Cluster)) _eachAlone = true;
            }
            catch (Exception fault)
            {
                Fail(batch, fault);
                continue;
            }

            if (_eachAlone) SendEachAlone(batch);
            else await SendAsync(batch);
        }
    }

    /// <summary>What waits, oldest first; null when nothing does, and then this sender has ended.</summary>
    private List<RedisAppend>? Take()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _senders--;
                return null;
            }

            var batch = new List<RedisAppend>(_waiting.Count);
            for (var entries = 0; entries < EntriesAtOnce && _waiting.TryDequeue(out var append); entries += append.Entries.Count) batch.Add(append);
            return batch;
        }
    }

    private void SendEachAlone(List<RedisAppend> batch)
    {
        foreach (var append in batch) _ = SendAsync([append]);
    }

    /// <summary>
    /// The answer may be lost of an append that landed. Asking again is safe: the same append cannot land twice, and finding it there counts as done.
    /// </summary>
    private async Task SendAsync(List<RedisAppend> batch)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var answers = await RedisAppendScript.RunAsync(_redis, batch).WaitAsync(TimeLeft(batch), time);
                for (var i = 0; i < answers.Length; i++) Answer(batch[i], answers[i]);
                return;
            }
            catch (RedisServerException fault) when (fault.Kind is RedisErrorKind.CrossSlot && batch.Count > 1)
            {
                // A cluster that does not show itself as one.
                _eachAlone = true;
                SendEachAlone(batch);
                return;
            }
            catch (Exception fault)
            {
                if (!RedisFaults.MayPass(fault) || attempt >= options.AppendTries || TimeLeft(batch) <= Pauses.Before(attempt - 1))
                {
                    Fail(batch, fault);
                    return;
                }
            }

            await Task.Delay(Pauses.Before(attempt - 1), time);
        }
    }

    private void Answer(RedisAppend append, RedisAppendAnswer answer)
    {
        switch (answer.Verdict)
        {
            case RedisAppendVerdict.Done:
                append.Succeed(new AppendOutcome(true, answer.Count));
                break;
            case RedisAppendVerdict.Stale when RepeatedAppend.MayBeThere(append.ExpectedCount, answer.Count, append.Entries):
                _ = SettleAsync(append, answer.Count);
                break;
            case RedisAppendVerdict.Stale:
                append.Succeed(new AppendOutcome(false, answer.Count));
                break;
            case RedisAppendVerdict.Late:
                append.Day = answer.Text!;
                _ = SendAsync([append]);
                break;
            case RedisAppendVerdict.Torn:
                append.Fail(RedisFaults.Torn(append.TenantId, answer.Text!));
                break;
            default:
                append.Fail(new StoreUnavailableException($"Redis did not take an append to the book of tenant '{append.TenantId}': {answer.Text}"));
                break;
        }
    }

    private async Task SettleAsync(RedisAppend append, long count)
    {
        try
        {
            append.Succeed(await RepeatedAppend.SettleAsync(book, append.TenantId, append.ExpectedCount, count, append.Entries, CancellationToken.None));
        }
        catch (Exception fault)
        {
            append.Fail(fault as StoreUnavailableException ?? Unconfirmed(append, fault));
        }
    }

    private static void Fail(List<RedisAppend> batch, Exception fault)
    {
        foreach (var append in batch) append.Fail(Unconfirmed(append, fault));
    }

    private static StoreUnavailableException Unconfirmed(RedisAppend append, Exception fault) =>
        RedisFaults.Unavailable($"did not confirm an append to the book of tenant '{append.TenantId}'", fault);

    /// <summary>What the oldest has left.</summary>
    private TimeSpan TimeLeft(List<RedisAppend> batch)
    {
        var left = options.AppendTimeout - time.GetElapsedTime(batch[0].AskedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
