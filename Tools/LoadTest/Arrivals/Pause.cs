using System.Runtime.InteropServices;

namespace OrleansGateway.LoadTest;

/// <summary>Sleeps a thread to within some tens of microseconds where the system can; timers of this runtime know whole milliseconds only.</summary>
internal static class Pause
{
    private const long NanosecondsPerTick = 100;

    /// <summary>Longer pauses are taken in parts, so that whoever waits can be told to stop.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    /// <summary>Sleeps for the rest, or a part of it.</summary>
    public static void Towards(TimeSpan rest)
    {
        if (rest <= TimeSpan.Zero) return;
        if (rest > Longest) rest = Longest;
        if (OperatingSystem.IsLinux() && Environment.Is64BitProcess)
        {
            var wanted = new TimeSpec(0, rest.Ticks * NanosecondsPerTick);
            _ = Nanosleep(in wanted, 0);
        }
        else
        {
            Thread.Sleep(rest);
        }
    }

    [DllImport("libc", EntryPoint = "nanosleep"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Nanosleep(in TimeSpec wanted, nint remaining);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
