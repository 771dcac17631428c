using System.Globalization;

#pragma warning disable CA1050 // The runtime looks for this name, in no namespace.

/// <summary>
/// Loaded into the process that is measured, by <c>DOTNET_STARTUP_HOOKS</c>: writes down the longest pause of each collection of the second generation, in
/// milliseconds. It sees the last one of each kind only, so it looks more often than they come. An assembly of its own: Orleans looks through all that are loaded,
/// and what they refer to.
/// </summary>
internal static class StartupHook
{
    public const string FileVariable = "BENCHMARK_PAUSES_FILE";

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(FileVariable) is not { } file) return;
        new Thread(() => Watch(file)) { IsBackground = true, Name = "pauses" }.Start();
    }

    private static void Watch(string file)
    {
        var seen = new Dictionary<GCKind, long>();
        while (true)
        {
            foreach (var kind in (ReadOnlySpan<GCKind>)[GCKind.FullBlocking, GCKind.Background])
            {
                var info = GC.GetGCMemoryInfo(kind);
                if (info.Index == seen.GetValueOrDefault(kind)) continue;
                seen[kind] = info.Index;
                var longest = TimeSpan.Zero;
                foreach (var pause in info.PauseDurations) longest = pause > longest ? pause : longest;
                File.AppendAllText(file, longest.TotalMilliseconds.ToString("F3", CultureInfo.InvariantCulture) + "\n");
            }
            Thread.Sleep(Beat);
        }
    }
}
