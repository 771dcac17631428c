using System.Globalization;

namespace OrleansGateway.LoadTest;

/// <summary>Processes that are measured together, read from Linux's /proc.</summary>
/// <param name="Name">What the report calls them.</param>
/// <param name="Pids">Their ids.</param>
internal sealed record ProcessGroup(string Name, IReadOnlyList<int> Pids)
{
    private const int TicksPerSecond = 100; // of /proc, whatever the kernel's own
    private const int UserTime = 11; // fields of /proc/<pid>/stat, counted after the name, which may hold blanks
    private const int SystemTime = 12;

    /// <summary>Processor time that they have used; of one that is gone, none.</summary>
    public TimeSpan Cpu => TimeSpan.FromSeconds(Pids.Sum(CpuSeconds));

    /// <summary>Resident memory in bytes.</summary>
    public long ResidentBytes => Pids.Sum(pid => Kilobytes(pid, "VmRSS:")) * 1024;

    /// <summary>The most resident memory that each has had, in bytes.</summary>
    public long PeakResidentBytes => Pids.Sum(pid => Kilobytes(pid, "VmHWM:")) * 1024;

    /// <summary>Whether all of them are there.</summary>
    public bool Lives => Pids.All(pid => Directory.Exists(Invariant($"/proc/{pid}")));

    private static double CpuSeconds(int pid)
    {
        var stat = Read(Invariant($"/proc/{pid}/stat"));
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length <= SystemTime ? 0 : (Ticks(fields[UserTime]) + Ticks(fields[SystemTime])) / (double)TicksPerSecond;
    }

    private static long Kilobytes(int pid, string field)
    {
        var line = Read(Invariant($"/proc/{pid}/status")).Split('\n').FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal));
        return line is null ? 0 : Ticks(line[field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim());
    }

    private static long Ticks(string number) => long.Parse(number, CultureInfo.InvariantCulture);

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
