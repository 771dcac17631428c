namespace OrleansGateway;

/// <summary>How long an answer's headers take at present: each new one counts a fifth. After a minute without any nobody knows, and it is worth another try.</summary>
internal sealed class LiveLatency(TimeProvider time)
{
    /// <summary>What a call that failed counts as: fast failures are not fast answers.</summary>
    private static readonly TimeSpan Failure = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);
    private const double Share = 0.2;

    private readonly Lock _lock = new();
    private double _milliseconds;
    private long? _lastAt;

    /// <summary>Null when it is not known.</summary>
    public TimeSpan? Now
    {
        get
        {
            lock (_lock) return IsFresh ? TimeSpan.FromMilliseconds(_milliseconds) : null;
        }
    }

    private bool IsFresh => _lastAt is { } at && time.GetElapsedTime(at) < Fresh;

    /// <summary>An answer began after so long.</summary>
    public void OnAnswer(TimeSpan latency)
    {
        lock (_lock)
        {
            _milliseconds = IsFresh ? _milliseconds + (Share * (latency.TotalMilliseconds - _milliseconds)) : latency.TotalMilliseconds;
            _lastAt = time.GetTimestamp();
        }
    }

    /// <summary>A call failed, and it was the upstream's fault.</summary>
    public void OnFailure() => OnAnswer(Failure);
}
