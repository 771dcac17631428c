namespace OrleansGateway.LoadTest;

/// <summary>How far a load was at one moment.</summary>
internal sealed record Snapshot(TimeSpan At, long Calls, long Events, IReadOnlyList<TimeSpan> Cpu);

/// <summary>What ended between two moments, and what processes used meanwhile.</summary>
/// <param name="Elapsed">The time between.</param>
/// <param name="Calls">Calls that ended, whenever they had begun.</param>
/// <param name="Events">Events that came.</param>
/// <param name="Processes">Each group of processes.</param>
internal sealed record Measured(TimeSpan Elapsed, long Calls, long Events, IReadOnlyList<ProcessUse> Processes)
{
    public static Measured Between(Snapshot from, Snapshot until, IReadOnlyList<ProcessGroup> groups)
    {
        var (elapsed, calls, events) = (until.At - from.At, until.Calls - from.Calls, until.Events - from.Events);
        return new Measured(elapsed, calls, events, [.. groups.Select((group, i) => ProcessUse.Of(group, until.Cpu[i] - from.Cpu[i], elapsed, calls, events))]);
    }
}

/// <summary>What a group of processes used.</summary>
/// <param name="Name">The group's.</param>
/// <param name="MicrosPerCall">Processor time by the calls that ended; null when none did.</param>
/// <param name="MicrosPerEvent">Processor time by the events that came; null when none did.</param>
/// <param name="Cores">Processor time by time.</param>
/// <param name="ResidentMiB">Memory at the end.</param>
/// <param name="PeakResidentMiB">The most memory so far.</param>
internal sealed record ProcessUse(string Name, double? MicrosPerCall, double? MicrosPerEvent, double Cores, double ResidentMiB, double PeakResidentMiB)
{
    private const double MiB = 1024 * 1024;

    public static ProcessUse Of(ProcessGroup group, TimeSpan cpu, TimeSpan elapsed, long calls, long events) => new(
        group.Name,
        calls == 0 ? null : cpu.TotalMicroseconds / calls,
        events == 0 ? null : cpu.TotalMicroseconds / events,
        cpu / elapsed,
        group.ResidentBytes / MiB,
        group.PeakResidentBytes / MiB);
}
