using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>Stands between a client and its server; on demand it breaks the connection at the moment the server answers.</summary>
internal sealed class ReplyLosingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly int _serverPort;
    private readonly Task _accepting;
    private byte[]? _command;
    private int _repliesLost;

    public ReplyLosingProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int RepliesLost => Volatile.Read(ref _repliesLost);

    public void LoseNextReplyTo(string command) => Volatile.Write(ref _command, Encoding.ASCII.GetBytes(command));

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
            while (true)
            {
                relays.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_closing.Token)));
            }
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
                var loseReply = new StrongBox();
                await await Task.WhenAny(
                    PumpAsync(client, server, chunk =>
                    {
                        if (Volatile.Read(ref _command) is { } command && chunk.Span.IndexOf(command) >= 0)
                        {
                            Volatile.Write(ref _command, null);
                            loseReply.Value = true;
                        }

                        return true;
                    }),
                    PumpAsync(server, client, _ => !loseReply.Value));
                if (loseReply.Value)
                {
                    Interlocked.Increment(ref _repliesLost);
                }
            }
            catch (Exception ended) when (ended is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, Func<ReadOnlyMemory<byte>, bool> passes)
    {
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await from.GetStream().ReadAsync(buffer, _closing.Token)) > 0 && passes(buffer.AsMemory(0, read)))
        {
            await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _closing.Token);
        }
    }

    private sealed class StrongBox
    {
        public volatile bool Value;
    }
}
