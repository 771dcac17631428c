using System.Diagnostics;
using System.Globalization;

namespace OrleansGateway.Soak;

/// <summary>A program of ours in a process of its own, with all it prints in a file. Signals go to its id only.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(ProcessStartInfo start, string logFile, Func<string, string?> ready)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _log = new StreamWriter(new FileStream(logFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Heard(line.Data, ready);
        _process.ErrorDataReceived += (_, line) => Heard(line.Data, ready);
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"{start.FileName} ended before it was ready; see {logFile}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Pid => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>Its exit code, once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    public Task Ended => _process.WaitForExitAsync();

    /// <summary>Processor time used so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory in bytes; 0 once it has ended.</summary>
    public long ResidentBytes
    {
        get
        {
            try
            {
                var pages = File.ReadAllText($"/proc/{_process.Id}/statm").Split(' ')[1];
                return long.Parse(pages, CultureInfo.InvariantCulture) * Environment.SystemPageSize;
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                return 0;
            }
        }
    }

    /// <summary>Starts one and returns when a line that it prints says that it is ready; <paramref name="ready"/> gives what that line tells.</summary>
    public static async Task<(ChildProcess Process, string Told)> StartAsync(
        ProcessStartInfo start, string logFile, Func<string, string?> ready, CancellationToken cancellationToken)
    {
        var process = new ChildProcess(start, logFile, ready);
        try
        {
            return (process, await process._ready.Task.WaitAsync(TimeSpan.FromMinutes(2), cancellationToken));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a signal by its name: <c>STOP</c>, <c>CONT</c>, <c>TERM</c>.</summary>
    public async Task SignalAsync(string name)
    {
        if (_process.HasExited) return;
        using var kill = Process.Start(new ProcessStartInfo("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true })!;
        await kill.WaitForExitAsync();
    }

    /// <summary>kill -9, which ends a stopped process too.</summary>
    public async Task KillAsync()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            return; // it has ended by itself
        }
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
        lock (_log) _log.Dispose();
    }

    private void Heard(string? line, Func<string, string?> ready)
    {
        if (line is null) return;
        lock (_log)
        {
            if (_log.BaseStream is not null) _log.WriteLine(line);
        }
        if (ready(line) is { } told) _ready.TrySetResult(told);
    }
}
