using System.Buffers;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>The last events of a chat stream that ends because no budget covers more of it, as its upstream would have made them.</summary>
internal sealed class BudgetEnding
{
    private readonly JsonElement _first;

    private BudgetEnding(JsonElement first) => _first = first;

    /// <summary>Made of the first chunk, whose id and model the last ones have.</summary>
    public static BudgetEnding After(ReadOnlyMemory<byte> firstChunk)
    {
        try
        {
            using var document = JsonDocument.Parse(firstChunk);
            return new BudgetEnding(document.RootElement.Clone());
        }
        catch (JsonException)
        {
            return new BudgetEnding(default);
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

    /// <summary>The usage that is charged, said to be an estimate.</summary>
    public byte[] Usage(TokenUsage usage) => Event(json =>
    {
        json.WriteStartArray("choices"u8);
        json.WriteEndArray();
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, usage.Input);
        json.WriteNumber("completion_tokens"u8, usage.Output);
        json.WriteNumber("total_tokens"u8, usage.Total);
        json.WriteBoolean("estimated"u8, true);
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
