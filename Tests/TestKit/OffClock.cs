namespace OrleansGateway.Tests.TestKit;

/// <summary>A machine's clock that the test puts ahead, or back; time stamps and timers go by another one.</summary>
internal sealed class OffClock(TimeProvider going) : MachineTime(going)
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => Machine.GetUtcNow() + Ahead;
}
