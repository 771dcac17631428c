namespace OrleansGateway.Tests.TestKit;

/// <summary>A machine's clock that the test puts ahead, or back; time stamps and timers go by another one.</summary>
internal sealed class OffClock(TimeProvider going) : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override long TimestampFrequency => going.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => going.GetUtcNow() + Ahead;

    public override long GetTimestamp() => going.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => going.CreateTimer(callback, state, dueTime, period);
}
