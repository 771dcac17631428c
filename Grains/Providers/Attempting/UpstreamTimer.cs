namespace OrleansGateway;

/// <summary>One attempt's patience: a token that is cancelled when the next thing to come takes too long, or the whole request does.</summary>
internal sealed class UpstreamTimer : IDisposable
{
    private readonly PoolTime _time;
    private readonly CancellationTokenSource _source;
    private DateTimeOffset _end;

    public UpstreamTimer(PoolTime time, DateTimeOffset end, TimeSpan firstWait)
    {
        _time = time;
        _end = end;
        _source = new CancellationTokenSource(Within(firstWait), time);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether patience ended, as opposed to the connection.</summary>
    public bool Expired => _source.IsCancellationRequested;

    /// <summary>Whether it was the whole request's.</summary>
    public bool DeadlinePassed => _time.GetUtcNow() >= _end;

    /// <summary>Waits that long, from now, for what comes next.</summary>
    public void Wait(TimeSpan patience) => _source.CancelAfter(Within(patience));

    /// <summary>Waits for something else than the upstream.</summary>
    public void Pause() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>Brings the end of it all nearer.</summary>
    public void EndWithin(TimeSpan patience)
    {
        var end = _time.GetUtcNow() + patience;
        if (end >= _end) return;
        _end = end;
        _source.CancelAfter(patience);
    }

    public void Dispose() => _source.Dispose();

    private TimeSpan Within(TimeSpan patience)
    {
        var left = _end - _time.GetUtcNow();
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < patience ? left : patience;
    }
}
