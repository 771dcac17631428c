using System.Globalization;

namespace OrleansGateway;

/// <summary>
/// How many callers the process takes at once. Each may need two of the files that it may have open (<c>RLIMIT_NOFILE</c>): its own connection and one to an
/// upstream. A process without a free one cannot even read how much memory there is, and dies; so callers beyond it are refused in time.
/// </summary>
internal sealed class Capacity
{
    /// <summary>Files that the process needs for itself: its assemblies, the store, other silos.</summary>
    private const int OwnFiles = 500;

    private readonly int _mostRequests;
    private int _requests;

    public Capacity(GatewayOptions options, long? files)
    {
        Files = files;
        Connections = files is { } most ? Math.Clamp((most - Math.Min(OwnFiles, most / 2)) / 2, 1, options.MaxConcurrentConnections) : options.MaxConcurrentConnections;
        IsLess = Connections < options.MaxConcurrentConnections;
        // The rest is for those who are told no.
        _mostRequests = (int)Math.Max(1, Connections / 5 * 4);
    }

    /// <summary>Files that the process may have open; null when the system does not say.</summary>
    public long? Files { get; }

    /// <summary>Connections taken at once; those beyond are closed.</summary>
    public long Connections { get; }

    /// <summary>Whether the system allows fewer than the settings ask for.</summary>
    public bool IsLess { get; }

    /// <summary>Requests that were taken on and have not left.</summary>
    public int UnderWay => Volatile.Read(ref _requests);

    /// <summary>What this process is allowed, once the runtime has raised its limit to the hard one.</summary>
    public static Capacity OfThisProcess(GatewayOptions options) => new(options, File.Exists("/proc/self/limits") ? FilesIn(File.ReadLines("/proc/self/limits")) : null);

    /// <summary>The limit of open files among the lines of <c>/proc/self/limits</c> (proc(5)); null when there is none.</summary>
    public static long? FilesIn(IEnumerable<string> limits)
    {
        const string Name = "Max open files";
        var line = limits.FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var files) ? files : null;
    }

    /// <summary>Takes a request on; false when there are too many. One that was taken on must <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _requests) <= _mostRequests) return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _requests);
}
