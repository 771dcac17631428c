using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Finds whether a request asks its model to think. What a model thinks may never be shown: where usage is missing, what came bounds the output
/// of such a request no better than that of a model that always thinks.
/// </summary>
internal static class ThinkingAsked
{
    /// <summary>Looks for the members by which upstreams are asked; true, to be safe, for a body that cannot be read.</summary>
    public static bool In(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return true;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isWish = IsWish(reader);
                reader.Read();
                if (isWish && IsSaid(reader)) return true;
                reader.Skip();
            }
            return false;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second of a name with half a surrogate pair, which no one notices before it is compared.
            return true;
        }
    }

    private static bool IsWish(in Utf8JsonReader name) =>
        name.ValueTextEquals("reasoning_effort"u8) || name.ValueTextEquals("reasoning"u8) || name.ValueTextEquals("thinking"u8)
        || name.ValueTextEquals("enable_thinking"u8) || name.ValueTextEquals("thinking_budget"u8) || name.ValueTextEquals("thinking_config"u8)
        || name.ValueTextEquals("chat_template_kwargs"u8) || name.ValueTextEquals("extra_body"u8);

    private static bool IsSaid(in Utf8JsonReader value) =>
        value.TokenType is not (JsonTokenType.Null or JsonTokenType.False) && !(value.TokenType == JsonTokenType.String && value.ValueTextEquals("none"u8));
}
