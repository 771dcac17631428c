using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace OrleansGateway;

/// <summary>Turns chunks into the short form's events: each text as it comes, at the end the whole short form.</summary>
internal sealed class ShortChunkSink(Exchange exchange, TimeProvider time) : ChunkSink(exchange, time)
{
    private readonly StringBuilder _content = new();

    /// <inheritdoc/>
    protected override bool Write(PipeWriter output, ReadOnlyMemory<byte> events)
    {
        var wrote = false;
        foreach (var range in events.Span.Split((byte)'\n'))
        {
            var line = events.Span[range].TrimEnd((byte)'\r');
            if (!line.StartsWith("data:"u8)) continue;
            var delta = ShortAnswer.DeltaOf(line["data:"u8.Length..]);
            if (delta.Length == 0) continue;
            _content.Append(delta);
            WriteEvent(output, JsonAnswer.Bytes(delta, static (json, delta) =>
            {
                json.WriteStartObject();
                json.WriteString("content"u8, delta);
                json.WriteEndObject();
            }).Span);
            wrote = true;
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

    private static void WriteEvent(PipeWriter output, ReadOnlySpan<byte> json)
    {
        output.Write("data: "u8);
        output.Write(json);
        output.Write("\n\n"u8);
    }
}
