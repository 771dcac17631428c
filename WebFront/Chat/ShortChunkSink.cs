using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace OrleansGateway;

/// <summary>Turns chunks into the short form's events: each text as it comes, at the end the whole short form.</summary>
internal sealed class ShortChunkSink(Exchange exchange, TimeProvider time) : ChunkSink(exchange, time)
{
    private static readonly GatewayError TooLarge = new(
        GatewayErrorKind.UpstreamInvalidResponse,
        $"The answer is larger than {MessageBounds.MostPayload} bytes, more than an answer that comes whole may have. Ask for less, or stream it from /v1/chat/completions.");

    private readonly StringBuilder _content = new();
    private long _bytes;

    /// <inheritdoc/>
    protected override bool Write(PipeWriter output, ReadOnlyMemory<byte> events)
    {
        // A reader for each batch: it is of whole events, so that its end is one of the last of them, whatever ends lines.
        using var reader = new SseReader();
        var left = events.Span;
        var (wrote, ends) = (false, false);
        while (!ends)
        {
            ends = left.IsEmpty;
            reader.Fill(ref left);
            while (reader.TryRead(out var next)) wrote |= WriteDelta(output, ShortAnswer.DeltaOf(next.Data));
        }

        return wrote;
    }

    /// <inheritdoc/>
    protected override bool WriteEnd(PipeWriter output, ProviderAnswer.Streamed streamed)
    {
        WriteEvent(output, ShortAnswer.Bytes(streamed.By, _content.ToString(), streamed.Took ?? Time.GetElapsedTime(Exchange.StartedAt), streamed.Usage, streamed.Receipt).Span);
        output.Write("data: [DONE]\n\n"u8);
        return true;
    }

    private bool WriteDelta(PipeWriter output, string delta)
    {
        if (delta.Length == 0) return false;
        _bytes += Encoding.UTF8.GetByteCount(delta);
        if (_bytes > MessageBounds.MostPayload)
        {
            Break(TooLarge);
            return false;
        }

        _content.Append(delta);
        WriteEvent(output, JsonAnswer.Bytes(delta, static (json, delta) =>
        {
            json.WriteStartObject();
            json.WriteString("content"u8, delta);
            json.WriteEndObject();
        }).Span);
        return true;
    }

    private static void WriteEvent(PipeWriter output, ReadOnlySpan<byte> json)
    {
        output.Write("data: "u8);
        output.Write(json);
        output.Write("\n\n"u8);
    }
}
