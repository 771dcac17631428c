using System.Buffers.Text;
using System.IO.Pipelines;

namespace OrleansGateway;

/// <summary>Hands on events that are numbered, and knows the next number: that of the error with which a stream ends that breaks.</summary>
internal sealed class NumberedChunkSink(Exchange exchange, TimeProvider time) : ChunkSink(exchange, time)
{
    /// <inheritdoc/>
    protected override bool Write(PipeWriter output, ReadOnlyMemory<byte> events)
    {
        var name = "\"sequence_number\":"u8;
        if (events.Span.LastIndexOf(name) is >= 0 and var at
            && Utf8Parser.TryParse(events.Span[(at + name.Length)..].TrimStart((byte)' '), out long number, out _)) Exchange.NextEvent = number + 1;
        return base.Write(output, events);
    }
}
