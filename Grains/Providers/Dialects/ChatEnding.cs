using System.Buffers;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>Last events of a chat stream that the gateway makes as its upstream would have: the end when no budget covers more of it, and the usage when none came apart.</summary>
internal sealed class ChatEnding
{
    private readonly JsonElement _first;

    private ChatEnding(JsonElement first) => _first = first;

    /// <summary>Made of the first chunk, whose id and model the last ones have.</summary>
    public static ChatEnding After(ReadOnlyMemory<byte> firstChunk)
    {
        try
        {
            using var document = JsonDocument.Parse(firstChunk);
            return new ChatEnding(document.RootElement.Clone());
        }
        catch (JsonException)
        {
            return new ChatEnding(default);
        }
    }

    /// <summary>Every choice ends as one whose length was limited, and the reason stands beside them.</summary>
    public byte[] Finish(int choices) => Event(json =>
    {
        json.WriteStartArray("choices"u8);
        for (var i = 0; i < choices; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, i);
            json.WriteStartObject("delta"u8);
            json.WriteEndObject();
            json.WriteString("finish_reason"u8, "length"u8);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("gateway"u8);
        json.WriteString("ended"u8, "insufficient_quota"u8);
        json.WriteString("message"u8, "The budget does not cover more of this answer. GET /v1/quota shows the budgets and when they reset."u8);
        json.WriteEndObject();
    });

    /// <summary>The usage that is charged.</summary>
    public byte[] Usage(TokenUsage usage, bool estimated) => Event(json =>
    {
        json.WriteStartArray("choices"u8);
        json.WriteEndArray();
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, usage.Input);
        json.WriteNumber("completion_tokens"u8, usage.Output);
        json.WriteNumber("total_tokens"u8, usage.Total);
        if (estimated) json.WriteBoolean("estimated"u8, true);
        json.WriteEndObject();
    });

    /// <summary>The end of the stream.</summary>
    public static byte[] Done => SseEvent.Of("[DONE]"u8);

    private byte[] Event(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var name in new[] { "id", "object", "created", "model" })
            {
                if (_first.ValueKind != JsonValueKind.Object || !_first.TryGetProperty(name, out var value)) continue;
                json.WritePropertyName(name);
                value.WriteTo(json);
            }
            write(json);
            json.WriteEndObject();
        }
        return SseEvent.Of(buffer.WrittenSpan);
    }
}
