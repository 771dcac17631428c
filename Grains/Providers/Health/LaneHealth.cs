namespace OrleansGateway;

/// <summary>One key's calls of one model: what rests and what is under way.</summary>
internal sealed class LaneHealth(PoolTime time)
{
    private int _inFlight;

    public Resting Rest { get; } = new(time);

    /// <summary>The lane itself, which is the same for all its calls; null before the first.</summary>
    public KeyLane? Lane { get; set; }

    /// <summary>Where its calls take turns; null before the first.</summary>
    public FairLane? Fair => Lane?.Fair;

    public int InFlight => Volatile.Read(ref _inFlight);

    public void OnBegun() => Interlocked.Increment(ref _inFlight);

    public void OnEnded() => Interlocked.Decrement(ref _inFlight);
}
