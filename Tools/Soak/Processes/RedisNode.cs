using System.Diagnostics;

namespace OrleansGateway.Soak;

/// <summary>A redis-server with the settings that the gateway asks for, on data that its restarts find again.</summary>
internal sealed class RedisNode(string folder) : IAsyncDisposable
{
    private readonly int _port = Ports.Free();
    private ChildProcess? _process;

    public string Endpoint => $"127.0.0.1:{_port}";

    /// <summary>Processor time that it has used; none when it is not running.</summary>
    public TimeSpan Cpu => _process?.Cpu ?? TimeSpan.Zero;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("redis-server", [
            "--port", $"{_port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "",
            "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--auto-aof-rewrite-min-size", "1gb"]);
        (_process, _) = await ChildProcess.StartAsync(
            start, Path.Combine(folder, "redis.log"), line => line.Contains("Ready to accept connections", StringComparison.Ordinal) ? line : null, cancellationToken);
    }

    /// <summary>Ends it, politely or not; its data stays.</summary>
    public async Task StopAsync(bool politely)
    {
        if (_process is null) return;
        if (politely)
        {
            await _process.SignalAsync("TERM");
            await _process.Ended;
        }
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _process = null;
    }
}
