using System.Globalization;

namespace OrleansGateway.Benchmarks;

/// <summary>The time that this machine's processors have spent, as <c>/proc/stat</c> counts it (proc_stat(5)).</summary>
/// <param name="Idle">Doing nothing, or waiting for a disk.</param>
/// <param name="All">Altogether.</param>
internal readonly record struct MachineTime(long Idle, long All)
{
    private const int IdleField = 3;
    private const int WaitField = 4;
    private const int Fields = 8; // those behind are counted in earlier ones

    public static MachineTime Now()
    {
        List<long> ticks = [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(Fields)
            .Select(field => long.Parse(field, CultureInfo.InvariantCulture))];
        return new MachineTime(ticks[IdleField] + ticks[WaitField], ticks.Sum());
    }

    /// <summary>The share of its time since then that it was busy.</summary>
    public double BusySince(MachineTime then) => All == then.All ? 0 : 1 - ((double)(Idle - then.Idle) / (All - then.All));
}
