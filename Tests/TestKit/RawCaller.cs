using System.Net.Sockets;
using System.Text;

namespace OrleansGateway.Tests.TestKit;

/// <summary>A caller who writes HTTP by hand, so that it may be wrong, and reads answers whenever it likes.</summary>
internal sealed class RawCaller : IDisposable
{
    private readonly TcpClient _connection = new();
    private readonly NetworkStream _stream;

    public RawCaller(Uri address)
    {
        _connection.Connect(address.Host, address.Port);
        _stream = _connection.GetStream();
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public Task SendAsync(byte[] bytes) => _stream.WriteAsync(bytes, TestContext.Current.CancellationToken).AsTask();

    /// <summary>The next answer, which must have this status.</summary>
    public async Task<string> ReadAsync(int status)
    {
        var answer = new StringBuilder();
        while (!IsWhole(answer.ToString()))
        {
            var buffer = new byte[1];
            Assert.Equal(1, await _stream.ReadAsync(buffer, TestContext.Current.CancellationToken));
            answer.Append((char)buffer[0]);
        }

        Assert.StartsWith($"HTTP/1.1 {status} ", answer.ToString(), StringComparison.Ordinal);
        return answer.ToString();
    }

    public void Dispose() => _connection.Dispose();

    private static bool IsWhole(string answer)
    {
        const string Length = "\r\nContent-Length: ";
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0) return false;
        if (answer.Contains("\r\nTransfer-Encoding: chunked\r\n", StringComparison.OrdinalIgnoreCase)) return answer.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal);
        var length = answer.AsSpan(answer.IndexOf(Length, StringComparison.OrdinalIgnoreCase) + Length.Length);
        return answer.Length == end + 4 + int.Parse(length[..length.IndexOf('\r')], null);
    }
}
