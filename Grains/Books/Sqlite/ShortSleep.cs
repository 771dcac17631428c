using System.Runtime.InteropServices;

namespace OrleansGateway;

/// <summary>Sleeps shorter than .NET's own, which count in milliseconds.</summary>
internal static class ShortSleep
{
    private const long NanosecondsPerTick = 100;

    /// <summary>Sleeps for less than a second, and the moment that the system takes to wake a thread; false at once where the system has no such clock.</summary>
    public static bool TryFor(TimeSpan time)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return false;
        var wanted = new TimeSpec(0, time.Ticks * NanosecondsPerTick);
        _ = Nanosleep(in wanted, 0);
        return true;
    }

    // nanosleep(2); a signal may end it early.
    [DllImport("libc", EntryPoint = "nanosleep"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Nanosleep(in TimeSpec wanted, nint remaining);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
