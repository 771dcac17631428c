using System.Net;
using System.Net.Http.Headers;

namespace OrleansGateway;

/// <summary>A request's body as stretches of bytes that are written one after the other, never joined.</summary>
internal sealed class UpstreamBody : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly ReadOnlyMemory<byte>[] _parts;

    public UpstreamBody(ReadOnlyMemory<byte>[] parts)
    {
        _parts = parts;
        Headers.ContentType = Json;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (var part in _parts) await stream.WriteAsync(part, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        foreach (var part in _parts) length += part.Length;
        return true;
    }
}
