namespace OrleansGateway;

/// <summary>One key's calls of one model: what rests and what is under way.</summary>
internal sealed class LaneHealth(TimeProvider time)
{
    private int _inFlight;

    public Resting Rest { get; } = new(time);

    /// <summary>Where its calls take turns; null before the first.</summary>
    public FairLane? Fair { get; set; }

    public int InFlight => Volatile.Read(ref _inFlight);

    public void OnBegun() => Interlocked.Increment(ref _inFlight);

    public void OnEnded() => Interlocked.Decrement(ref _inFlight);
}
