namespace OrleansGateway;

/// <summary>
/// The pool's time: what a clock said when this process began, and what has passed since. Waits, rests and circuits are stretches of time, so the pool goes by no clock
/// that may be set; and by nobody else's, so silos tell one another how long something lasts, not until when.
/// </summary>
internal sealed class PoolTime(TimeProvider clock) : TimeProvider
{
    private readonly DateTimeOffset _began = clock.GetUtcNow();
    private readonly long _stamp = clock.GetTimestamp();

    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _began + clock.GetElapsedTime(_stamp);

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => clock.CreateTimer(callback, state, dueTime, period);
}
