namespace OrleansGateway;

/// <summary>
/// The pool's time: what a clock said when this process began, and what has passed since. Waits, rests and circuits are stretches of time, so the pool goes by no clock
/// that may be set; and by nobody else's, so silos tell one another how long something lasts, not until when.
/// </summary>
internal sealed class PoolTime : MachineTime
{
    private readonly DateTimeOffset _began;
    private readonly long _stamp;

    public PoolTime(TimeProvider clock)
        : base(clock) => (_began, _stamp) = (clock.GetUtcNow(), clock.GetTimestamp());

    public override DateTimeOffset GetUtcNow() => _began + Machine.GetElapsedTime(_stamp);
}
