using System.Diagnostics;

namespace OrleansGateway.Soak;

/// <summary>
/// A silo with its front, as a process that is started again on the same ports whenever it has ended, as an orchestrator would. Remembers from when
/// to when each of its processes lived.
/// </summary>
internal sealed class SiloNode(string name, IReadOnlyDictionary<string, string> settings, string logFile, TimeProvider time) : IAsyncDisposable
{
    private readonly List<(DateTimeOffset From, DateTimeOffset? Until)> _lives = [];
    private readonly int _port = Ports.Free();
    private readonly int _siloPort = Ports.Free();
    private readonly int _gatewayPort = Ports.Free();
    private ChildProcess? _process;

    public string Name { get; } = name;

    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Whether a fault has it in its hands.</summary>
    public bool InFault { get; set; }

    /// <summary>The id of the process that is running; 0 when none is.</summary>
    public int Pid => _process?.Pid ?? 0;

    public bool HasEnded => _process is not { HasEnded: false };

    public long ResidentBytes => _process?.ResidentBytes ?? 0;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "OrleansGateway.Silo.dll")]);
        foreach (var (key, value) in settings) start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["Urls"] = $"http://127.0.0.1:{_port}";
        start.Environment["Gateway__SiloPort"] = $"{_siloPort}";
        start.Environment["Gateway__GatewayPort"] = $"{_gatewayPort}";
        Http.BaseAddress ??= new Uri($"http://127.0.0.1:{_port}");
        var from = time.GetUtcNow();
        (_process, _) = await ChildProcess.StartAsync(
            start, logFile, line => line.StartsWith("OrleansGateway serves ", StringComparison.Ordinal) ? line : null, cancellationToken);
        lock (_lives) _lives.Add((from, null));
    }

    public Task FreezeAsync() => _process?.SignalAsync("STOP") ?? Task.CompletedTask;

    public Task ThawAsync() => _process?.SignalAsync("CONT") ?? Task.CompletedTask;

    /// <summary>Asks it to end, and waits until it has.</summary>
    public async Task StopAsync()
    {
        if (_process is null) return;
        await _process.SignalAsync("TERM");
        await _process.Ended;
        await KillAsync();
    }

    /// <summary>kill -9; null when it had ended by itself, else what it takes note of is the same.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        await _process.DisposeAsync();
        _process = null;
        lock (_lives)
        {
            if (_lives is [.., { Until: null } last]) _lives[^1] = (last.From, time.GetUtcNow());
        }
    }

    /// <summary>Whether one process served here from an instant on for so long, or until now.</summary>
    public bool LivedOn(DateTimeOffset from, TimeSpan duration)
    {
        lock (_lives)
        {
            return _lives.Any(life => life.From <= from && (life.Until is not { } until || until >= from + duration));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Http.Dispose();
    }
}
