using System.Buffers;

namespace OrleansGateway;

/// <summary>Reads whole responses, within bounds of size and patience.</summary>
internal static class ResponseBytes
{
    private const int FirstBuffer = 16 * 1024;

    /// <summary>The response's body in an array of its own; null when it is larger than allowed.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpResponseMessage response, int mostBytes, TimeSpan patience, UpstreamTimer timer)
    {
        var length = response.Content.Headers.ContentLength;
        if (length > mostBytes) return null;
        timer.Wait(patience);
        var stream = await response.Content.ReadAsStreamAsync(timer.Token);
        return length is { } known ? WithoutMark(await ReadKnownAsync(stream, new byte[known], patience, timer)) : await ReadAsync(stream, mostBytes, patience, timer);
    }

    /// <summary>The same of a body that has begun to be read.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(Stream body, int mostBytes, TimeSpan patience, UpstreamTimer timer) =>
        WithoutMark(await ReadUnknownAsync(body, mostBytes, patience, timer));

    // Clients read over a byte order mark; JSON has none.
    private static ReadOnlyMemory<byte>? WithoutMark(ReadOnlyMemory<byte>? body) => body is { } read && read.Span.StartsWith("\uFEFF"u8) ? read[3..] : body;

    private static async Task<ReadOnlyMemory<byte>?> ReadKnownAsync(Stream stream, byte[] body, TimeSpan patience, UpstreamTimer timer)
    {
        var count = 0;
        while (count < body.Length)
        {
            timer.Wait(patience);
            var read = await stream.ReadAsync(body.AsMemory(count), timer.Token);
            if (read == 0) break;
            count += read;
        }
        return body.AsMemory(0, count);
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadUnknownAsync(Stream stream, int mostBytes, TimeSpan patience, UpstreamTimer timer)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            for (var count = 0; ;)
            {
                if (count == buffer.Length) buffer = Enlarge(buffer);
                timer.Wait(patience);
                var read = await stream.ReadAsync(buffer.AsMemory(count), timer.Token);
                count += read;
                if (count > mostBytes) return null;
                if (read == 0) return buffer.AsSpan(0, count).ToArray();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Enlarge(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
