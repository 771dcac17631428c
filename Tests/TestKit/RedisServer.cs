using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace OrleansGateway.Tests.TestKit;

/// <summary>A real redis-server with the settings that the gateway asks for, on a port and in a folder of its own.</summary>
public class RedisServer : IAsyncLifetime
{
    private const int PortsTried = 5;

    private readonly TempFolder _folder;
    private Process? _process;
    private IConnectionMultiplexer? _connection;

    public RedisServer()
        : this(inMemory: false)
    {
    }

    /// <param name="inMemory">Whether its files are in memory: for tests of what callers notice, who otherwise notice a disk that others keep busy.</param>
    private protected RedisServer(bool inMemory) => _folder = inMemory ? TempFolder.InMemory() : new TempFolder();

    /// <summary>Nothing to run: the machine has no redis-server.</summary>
    public bool IsMissing { get; private set; }

    public int Port { get; private set; }

    /// <summary>The one address it listens on.</summary>
    public string Host { get; init; } = "127.0.0.1";

    public string Endpoint => $"{Host}:{Port}";

    /// <summary>Skips the test when there is no redis-server, except in CI, where that is a failure.</summary>
    public IConnectionMultiplexer Connection
    {
        get
        {
            SkipWhenMissing();
            return _connection!;
        }
    }

    public void SkipWhenMissing()
    {
        if (IsMissing)
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", "redis-server is not installed on the CI machine.");
            Assert.Skip("redis-server is not installed (Debian: apt-get install redis-server).");
        }
    }

    public async ValueTask InitializeAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            Port = FreePort();
            try
            {
                await StartAsync();
                break;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                IsMissing = true;
                return;
            }
            catch (InvalidOperationException) when (attempt < PortsTried)
            {
                // Someone else was quicker to take the port.
            }
        }

        await PrepareAsync();
        _connection = await ConnectAsync();
    }

    /// <summary>Settings beside those that the gateway asks for.</summary>
    private protected virtual string[] MoreSettings => [];

    /// <summary>What a new server needs before it is used.</summary>
    private protected virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>Starts the server again, on the same port and data, after <see cref="KillAsync"/>.</summary>
    public async Task StartAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var output = new List<string>();
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("redis-server", [
                "--port", $"{Port}", "--bind", Host, "--protected-mode", "no", "--dir", _folder.Path, "--save", "",
                "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", .. MoreSettings])
            {
                RedirectStandardOutput = true,
            },
            EnableRaisingEvents = true,
        };
        _process.OutputDataReceived += (_, line) =>
        {
            output.Add(line.Data ?? "");
            if (line.Data is null)
            {
                ready.TrySetException(new InvalidOperationException("redis-server ended: " + string.Join('\n', output)));
            }
            else if (line.Data.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        };
        _process.Start();
        _process.BeginOutputReadLine();
        await ready.Task;
    }

    /// <summary>Ends the server as a crash would.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>A connection that finds back to a restarted server within moments.</summary>
    public async Task<IConnectionMultiplexer> ConnectAsync(int? port = null) => await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
    {
        EndPoints = { { Host, port ?? Port } },
        AllowAdmin = true,
        AbortOnConnectFail = true,
        ConnectTimeout = 10_000,
        AsyncTimeout = 10_000,
        ReconnectRetryPolicy = new LinearRetry(50),
        HeartbeatInterval = TimeSpan.FromMilliseconds(100),
    });

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        if (_process is not null)
        {
            await KillAsync();
        }

        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
