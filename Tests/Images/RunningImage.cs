using System.Diagnostics;
using System.Globalization;

namespace OrleansGateway.Tests.Images;

/// <summary>A program started as its pod would start it: in its own root, which is read-only, as a user without rights, with the given environment and no other.</summary>
internal sealed class RunningImage : IAsyncDisposable
{
    private const string AsInAPod = """
        /bin/mount --bind "$0" "$0" && /bin/mount --bind /proc "$0/proc" && /bin/mount --bind /dev "$0/dev" && /bin/mount -o remount,bind,ro "$0" &&
        exec /usr/bin/setpriv --no-new-privs --inh-caps=-all /usr/sbin/chroot --userspec=1654:1654 "$0" "$@"
        """;

    private readonly Process _process;
    private readonly List<string> _output = [];

    private RunningImage(Process process) => _process = process;

    public string Output
    {
        get
        {
            lock (_output) return string.Join('\n', _output);
        }
    }

    public static RunningImage Start(PublishedImage image, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        // Programs replace each other in one process: its id, and what it is told, are the program's.
        var start = new ProcessStartInfo("/usr/bin/unshare", ["--mount", "--", "/bin/sh", "-c", AsInAPod, image.Root, $"/app/OrleansGateway.{image.Program}", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["DOTNET_RUNNING_IN_CONTAINER"] = "true"; // the base image's
        foreach (var (name, value) in environment) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        var running = new RunningImage(new Process { StartInfo = start });
        running._process.OutputDataReceived += (_, line) => running.Heard(line.Data);
        running._process.ErrorDataReceived += (_, line) => running.Heard(line.Data);
        running._process.Start();
        running._process.BeginOutputReadLine();
        running._process.BeginErrorReadLine();
        return running;
    }

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> StopAsync(TimeSpan within)
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        return await EndAsync(within);
    }

    /// <summary>Waits until it has ended by itself; the exit code.</summary>
    public async Task<int> EndAsync(TimeSpan within)
    {
        using var limit = new CancellationTokenSource(within);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Who it runs as, and what it may: as the kernel says.</summary>
    public string Status() => File.ReadAllText($"/proc/{_process.Id}/status");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Heard(string? line)
    {
        if (line is null) return;
        lock (_output) _output.Add(line);
    }
}
