using System.IO.Pipelines;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace OrleansGateway;

/// <summary>The two pipes of a connection, over TLS.</summary>
internal sealed class TlsTransport : IDuplexPipe
{
    private TlsTransport(SslStream tls, ConnectionContext connection)
    {
        var pool = connection.Features.Get<IMemoryPoolFeature>()?.MemoryPool;
        Input = PipeReader.Create(tls, new StreamPipeReaderOptions(pool, bufferSize: 16 * 1024, minimumReadSize: 1024, leaveOpen: true));
        Output = PipeWriter.Create(tls, new StreamPipeWriterOptions(pool, minimumBufferSize: 4 * 1024, leaveOpen: true));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Goes on with the connection over TLS, until it ends.</summary>
    public static async Task RunAsync(ConnectionContext connection, SslStream tls, ConnectionDelegate next)
    {
        var plain = connection.Transport;
        var secure = new TlsTransport(tls, connection);
        connection.Transport = secure;
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = plain;
            await secure.Input.CompleteAsync();
            await CompleteAsync(secure.Output);
        }
    }

    // What was not yet sent may find no one to take it.
    private static async Task CompleteAsync(PipeWriter output)
    {
        try
        {
            await output.CompleteAsync();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException)
        {
        }
    }
}
