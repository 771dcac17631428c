using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace OrleansGateway.Tests.TestKit;

/// <summary>What a <see cref="FaultProxy"/> does to what passes.</summary>
internal enum NetFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Takes everything and passes nothing; a connection that was touched by it stays silent for ever: a pod that vanished.</summary>
    BlackHole,

    /// <summary>The server hears, the client does not, on that connection ever again.</summary>
    DropReplies,

    /// <summary>Resets every connection at its next byte.</summary>
    Reset,

    /// <summary>Resets a connection after some bytes of its replies.</summary>
    Cut,
}

/// <summary>
/// Stands between a client and its server and does to the bytes what a bad network does. What it does at random it does from a seed. It can also
/// answer a command itself with an error, as a server does that starts or changes roles, and lose the answer to a command that was done.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private const int ChunkSize = 16 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly int _serverPort;
    private readonly Task _accepting;
    private volatile NetFault _fault;
    private volatile int _cutAfter;
    private (byte[] Command, byte[] Answer, int Times)? _scripted;
    private byte[]? _lost;
    private int _repliesLost;
    private readonly Lock _gate = new();

    public FaultProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How long every reply is held back.</summary>
    public TimeSpan Latency { get; set; }

    public void Set(NetFault fault, int cutAfter = 0)
    {
        _cutAfter = cutAfter;
        _fault = fault;
    }

    /// <summary>The next <paramref name="times"/> chunks that contain the command are answered with this error and do not reach the server.</summary>
    public void AnswerNext(string command, string error, int times)
    {
        lock (_gate) _scripted = (Encoding.ASCII.GetBytes(command), Encoding.ASCII.GetBytes($"-{error}\r\n"), times);
    }

    /// <summary>How many answers were lost as <see cref="LoseNextReplyTo"/> says.</summary>
    public int RepliesLost => Volatile.Read(ref _repliesLost);

    /// <summary>The next chunk that contains the command reaches the server, and its connection ends at the moment the server answers.</summary>
    public void LoseNextReplyTo(string command)
    {
        lock (_gate) _lost = Encoding.ASCII.GetBytes(command);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true) relays.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_closing.Token)));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(relays);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _serverPort, _closing.Token);
                var losesReply = new StrongBox<bool>();
                await await Task.WhenAny(AskAsync(client, server, losesReply), ReplyAsync(client, server, losesReply));
            }
            catch (Exception ended) when (ended is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
            }

            // Closing with nothing lingering sends a reset.
            client.LingerState = new LingerOption(true, 0);
        }
    }

    private async Task AskAsync(TcpClient client, TcpClient server, StrongBox<bool> losesReply)
    {
        var buffer = new byte[ChunkSize];
        int read;
        while ((read = await client.GetStream().ReadAsync(buffer, _closing.Token)) > 0)
        {
            if (_fault == NetFault.Reset) return;
            if (_fault == NetFault.BlackHole) await SilenceAsync();
            if (IsToBeLost(buffer.AsSpan(0, read))) Volatile.Write(ref losesReply.Value, true);
            if (AnswerFor(buffer.AsSpan(0, read)) is { } answer) await client.GetStream().WriteAsync(answer, _closing.Token);
            else await server.GetStream().WriteAsync(buffer.AsMemory(0, read), _closing.Token);
        }
    }

    private async Task ReplyAsync(TcpClient client, TcpClient server, StrongBox<bool> losesReply)
    {
        var buffer = new byte[ChunkSize];
        var passed = 0;
        int read;
        while ((read = await server.GetStream().ReadAsync(buffer, _closing.Token)) > 0)
        {
            if (Volatile.Read(ref losesReply.Value))
            {
                Interlocked.Increment(ref _repliesLost);
                return;
            }
            // The way takes its time, whatever clock those at its ends have.
            if (Latency > TimeSpan.Zero) await Task.Delay(Latency, TimeProvider.System, _closing.Token);
            if (_fault == NetFault.Reset) return;
            if (_fault is NetFault.BlackHole or NetFault.DropReplies) await SilenceAsync();
            var pass = _fault == NetFault.Cut ? Math.Min(read, Math.Max(0, _cutAfter - passed)) : read;
            if (pass > 0) await client.GetStream().WriteAsync(buffer.AsMemory(0, pass), _closing.Token);
            passed += pass;
            if (pass < read) return;
        }
    }

    // Bytes of a stream are never missing in its middle: what follows them does not come either.
    private Task SilenceAsync() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _closing.Token);

    private byte[]? AnswerFor(ReadOnlySpan<byte> chunk)
    {
        lock (_gate)
        {
            if (_scripted is not var (command, answer, times) || chunk.IndexOf(command) < 0) return null;
            _scripted = times > 1 ? (command, answer, times - 1) : null;
            return answer;
        }
    }

    private bool IsToBeLost(ReadOnlySpan<byte> chunk)
    {
        lock (_gate)
        {
            if (_lost is not { } command || chunk.IndexOf(command) < 0) return false;
            _lost = null;
            return true;
        }
    }
}
