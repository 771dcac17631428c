using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace OrleansGateway;

/// <summary>
/// Makes a whole answer of a stream that came in its place: some relays stream whatever was asked. What is known of a stream is kept, text put
/// together, tool calls and parts by their index; only a stream that came to its end makes an answer.
/// </summary>
internal sealed class GatheredAnswer
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The answer; null when the stream broke.</summary>
    public ReadOnlyMemory<byte>? Body { get; private set; }

    /// <summary>The error with which it broke.</summary>
    public ReadOnlyMemory<byte>? Error { get; private set; }

    /// <summary>The usage that it reported.</summary>
    public ReportedUsage? Usage { get; private set; }

    /// <summary>Whether bytes that are no JSON may be a stream.</summary>
    public static bool MayBe(ReadOnlySpan<byte> body)
    {
        var text = (body.StartsWith("\uFEFF"u8) ? body[3..] : body).TrimStart(" \t\r\n"u8);
        return text.StartsWith(":"u8) || text.StartsWith("data"u8) || text.StartsWith("event"u8) || text.StartsWith("id"u8) || text.StartsWith("retry"u8);
    }

    /// <summary>Reads a whole stream.</summary>
    public static GatheredAnswer Of(UpstreamApi api, ReadOnlySpan<byte> stream)
    {
        var answer = new GatheredAnswer();
        try
        {
            if (Utf8.IsValid(stream)) answer.Read(api, stream);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException or KeyNotFoundException)
        {
            answer.Body = null; // Of members that are of another type than they should be no answer can be made.
        }
        return answer;
    }

    private void Read(UpstreamApi api, ReadOnlySpan<byte> stream)
    {
        using var reader = new SseReader();
        var gatherer = default(Gatherer);
        var meter = default(StreamMeter);
        while (true)
        {
            var ends = stream.IsEmpty;
            reader.Fill(ref stream);
            while (reader.TryRead(out var next))
            {
                if (next.Data.Trim(" \t\n"u8).IsEmpty) continue;
                if (meter is null)
                {
                    // A relay may speak of responses where a chat was asked for.
                    var spoken = api == UpstreamApi.Chat && IsOfResponse(next.Data) ? UpstreamApi.Responses : api;
                    (meter, gatherer) = (Dialect.Of(spoken).NewMeter(), Gatherer.For(api, spoken));
                }
                var kind = meter.Look(next.Data);
                Usage = meter.Usage;
                if (kind == ChunkKind.Bad) return;
                if (kind == ChunkKind.Error)
                {
                    Error = next.Data.ToArray();
                    return;
                }
                if (!next.Data.Trim(" \t"u8).SequenceEqual("[DONE]"u8)) gatherer!.Take(JsonNode.Parse(next.Data).Object());
                if (kind is not (ChunkKind.Done or ChunkKind.Failed)) continue;
                Body = JsonSerializer.SerializeToUtf8Bytes(gatherer!.Finish(), Json);
                return;
            }
            if (ends || reader.IsOversized) return;
        }
    }

    private static bool IsOfResponse(ReadOnlySpan<byte> data) =>
        EventScan.TryScan(data, before: null, out var scan) && data.Slice(scan.Type.Start, scan.Type.Length).StartsWith("response."u8);
}
