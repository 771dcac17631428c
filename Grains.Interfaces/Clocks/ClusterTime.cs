namespace OrleansGateway;

/// <summary>
/// The time that the processes of a cluster agree on (docs/adr/0042-time-that-a-cluster-agrees-on.md): it goes by this process's monotonic clock, and is set by three that
/// say what time it is, of which the middle one counts: the machine's clock, one that all processes share, and this time's own course. A single one that
/// is wrong, or jumps, moves nothing. Until it is first set it is the machine's. Timers and time stamps are the machine's.
/// </summary>
/// <param name="machine">The machine's clock.</param>
public sealed class ClusterTime(TimeProvider machine) : MachineTime(machine)
{
    private volatile Course? _course;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _course is { } course ? course.Now(Machine) : Machine.GetUtcNow();

    /// <summary>Sets it by what the shared clock says now; the first time just as that says, for there is no course yet. Call it one at a time.</summary>
    /// <returns>How far the machine's clock and the shared one are ahead of the time as it is set.</returns>
    public ClockOffsets Set(DateTimeOffset shared)
    {
        var (own, stamp) = (Machine.GetUtcNow(), Machine.GetTimestamp());
        var course = _course?.Now(Machine) ?? shared;
        var now = Middle(own, shared, course);
        _course = new Course(now, stamp);
        return new ClockOffsets(own - now, shared - now);
    }

    private static DateTimeOffset Middle(DateTimeOffset one, DateTimeOffset two, DateTimeOffset three)
    {
        var (low, high) = one < two ? (one, two) : (two, one);
        return three < low ? low : three > high ? high : three;
    }

    /// <summary>What time it was at a time stamp.</summary>
    private sealed record Course(DateTimeOffset At, long Stamp)
    {
        public DateTimeOffset Now(TimeProvider machine) => At + machine.GetElapsedTime(Stamp);
    }
}

/// <summary>How far clocks are ahead of the cluster's time; less than nothing when they are behind.</summary>
/// <param name="Machine">The machine's.</param>
/// <param name="Shared">The one that all processes share.</param>
public readonly record struct ClockOffsets(TimeSpan Machine, TimeSpan Shared);
