using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.TestKit;

/// <summary>A clock that stands still but for short waits (up to <paramref name="longest"/>), which are over as soon as they begin.</summary>
internal sealed class NoPauseClock(DateTimeOffset start, TimeSpan longest) : FakeTimeProvider(start)
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime > TimeSpan.Zero && dueTime <= longest) Advance(dueTime);
        return timer;
    }
}
