using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace OrleansGateway.Simulator;

/// <summary>Writes past the HTTP server, for answers that no HTTP server would send.</summary>
internal static class RawConnection
{
    /// <summary>Half of the body without length or chunks, so that only the close ends it.</summary>
    public static Task SendUnframedHalfAsync(HttpContext http, ReadOnlyMemory<byte> body, CancellationToken left)
    {
        var head = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n");
        return SendAsync(http, [.. head, .. body.Span[..(body.Length / 2)]], left);
    }

    /// <summary>A chunk size that is no number.</summary>
    public static Task SendBadChunkAsync(HttpContext http, CancellationToken left) => SendAsync(http, "zz\r\nnot a chunk\r\n"u8.ToArray(), left);

    private static async Task SendAsync(HttpContext http, byte[] bytes, CancellationToken left)
    {
        var connection = http.Features.Get<IConnectionTransportFeature>()
            ?? throw new InvalidOperationException("This server gives no access to its connections.");
        await connection.Transport.Output.WriteAsync(bytes, left);

        // Completing the output closes the connection as a program does that is done; aborting it would reset it.
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (http.Features.GetRequiredFeature<IConnectionLifetimeFeature>().ConnectionClosed.UnsafeRegister(_ => closed.TrySetResult(), null))
        {
            await connection.Transport.Output.CompleteAsync();
            await closed.Task;
        }

        http.Abort();
    }
}
