using System.Text.Json;

namespace OrleansGateway;

/// <summary>The short form's answer.</summary>
internal static class ShortAnswer
{
    /// <summary>The short form of a whole answer.</summary>
    public static ReadOnlyMemory<byte> Of(ProviderAnswer.Completed completed, TimeSpan elapsed) =>
        Bytes(completed.By, ContentOf(completed.Body.Span), elapsed, completed.Usage, completed.Receipt);

    public static ReadOnlyMemory<byte> Bytes(AnsweredBy by, string content, TimeSpan elapsed, TokenUsage usage, PostingReceipt receipt) =>
        JsonAnswer.Bytes((by, content, elapsed, usage, receipt), static (json, a) =>
        {
            json.WriteStartObject();
            json.WriteString("model"u8, a.by.Model);
            json.WriteString("content"u8, a.content);
            json.WriteNumber("latency_ms"u8, decimal.Round((decimal)a.elapsed.TotalMilliseconds, 2));
            json.WriteNumber("tokens_used"u8, a.usage.Total);
            json.WriteNumber("cost_usd"u8, decimal.Round(a.receipt.Invoiced.Usd, 6, MidpointRounding.AwayFromZero));
            json.WriteEndObject();
        });

    /// <summary>The text of a chat completion's first choice; empty when it has none.</summary>
    public static string ContentOf(ReadOnlySpan<byte> completion) => Walk(completion, "message"u8);

    /// <summary>The text that one chunk adds to the first choice; empty when it adds none.</summary>
    public static string DeltaOf(ReadOnlySpan<byte> chunk) => Walk(chunk, "delta"u8);

    private static string Walk(ReadOnlySpan<byte> body, ReadOnlySpan<byte> holder)
    {
        try
        {
            var json = new Utf8JsonReader(body);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject || !Enter(ref json, "choices"u8) || json.TokenType != JsonTokenType.StartArray) return "";
            while (json.Read() && json.TokenType == JsonTokenType.StartObject)
            {
                var choice = json;
                if (!json.TrySkip()) return "";
                if (IndexOf(choice) != 0) continue;
                if (!Enter(ref choice, holder) || choice.TokenType != JsonTokenType.StartObject || !Enter(ref choice, "content"u8)) return "";
                return choice.TokenType == JsonTokenType.String ? choice.GetString()! : "";
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The pool has judged the answer already; one without a readable text has none.
        }

        return "";
    }

    // Goes from an object's start to the value of one of its fields.
    private static bool Enter(ref Utf8JsonReader json, ReadOnlySpan<byte> name)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals(name)) return json.Read();
            if (!json.Read() || !json.TrySkip()) return false;
        }

        return false;
    }

    private static int IndexOf(Utf8JsonReader choice) =>
        Enter(ref choice, "index"u8) && choice.TokenType == JsonTokenType.Number && choice.TryGetInt32(out var index) ? index : 0;
}
