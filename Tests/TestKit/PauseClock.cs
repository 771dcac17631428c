using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.TestKit;

/// <summary>
/// A clock that stands still. Short waits (up to <paramref name="longest"/>) can be awaited and skipped one by one; longer ones are time-outs, which only
/// <c>Advance</c> brings about.
/// </summary>
internal sealed class PauseClock(TimeSpan longest) : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _pauses = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime > TimeSpan.Zero && dueTime <= longest) _pauses.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Waits until somebody waits, and lets the wait be over; says how long it would have been.</summary>
    public async Task<TimeSpan> SkipPauseAsync(CancellationToken ct = default)
    {
        var pause = await _pauses.Reader.ReadAsync(ct);
        Advance(pause);
        return pause;
    }
}
