namespace OrleansGateway.Tests.TestKit;

/// <summary>The clock of one process, which the test sets: libfaketime tells that process what time it is. Its monotonic clock goes on as it does.</summary>
internal sealed class WrongClock : IDisposable
{
    private static readonly string? Library = Directory.Exists("/usr/lib")
        ? Directory.EnumerateDirectories("/usr/lib", "faketime", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Select(folder => Path.Combine(folder, "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        : null;

    private readonly TempFolder _folder = new();

    public WrongClock() => Set("+0");

    private string Place => _folder.File("ahead");

    /// <summary>Skips the test when there is no libfaketime, except in CI, where that is a failure.</summary>
    public static void SkipWhenMissing()
    {
        if (Library is not null) return;
        Assert.False(Environment.GetEnvironmentVariable("CI") == "true", "libfaketime is not installed on the CI machine.");
        Assert.Skip("libfaketime is not installed (Debian: apt-get install faketime).");
    }

    /// <summary>How far it is ahead from now on, as libfaketime says it: <c>+40d</c>, <c>-1h</c>.</summary>
    public void Set(string ahead)
    {
        // Moved into place: what is half written would be read.
        File.WriteAllText(Place + ".new", ahead);
        File.Move(Place + ".new", Place, overwrite: true);
    }

    /// <summary>Puts it into a process that is to be started with these settings.</summary>
    public void Give(IDictionary<string, string?> settings)
    {
        settings["LD_PRELOAD"] = Library;
        settings["FAKETIME_TIMESTAMP_FILE"] = Place;
        settings["FAKETIME_CACHE_DURATION"] = "1";
        settings["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
    }

    public void Dispose() => _folder.Dispose();
}
