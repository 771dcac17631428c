using System.Text.Json;

namespace OrleansGateway;

/// <summary>Reads when an entry was decided, and nothing else of it: searching by time looks at many entries and needs no more.</summary>
internal static class EntryTime
{
    public static DateTimeOffset Of(RawEntry raw)
    {
        try
        {
            var json = new Utf8JsonReader(raw.Bytes.Span);
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isTime = json.ValueTextEquals("at"u8);
                json.Read();
                if (isTime) return json.GetDateTimeOffset();
                json.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new StoreUnavailableException($"Entry {raw.Seq} of the book cannot be read.", e);
        }

        throw new StoreUnavailableException($"Entry {raw.Seq} of the book does not say when it was decided.");
    }
}
