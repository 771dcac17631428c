using System.Text.Json;

namespace OrleansGateway;

/// <summary>Reads what stands in entries, for those of their parts that are read by hand. Throws <see cref="JsonException"/> for anything else.</summary>
internal static class EntryJson
{
    public static JsonTokenType Next(ref Utf8JsonReader reader) => reader.Read() ? reader.TokenType : throw new JsonException("It ends early.");

    public static string Text(ref Utf8JsonReader reader) =>
        Next(ref reader) == JsonTokenType.String ? reader.GetString()! : throw new JsonException("Not a text.");

    public static Money Amount(ref Utf8JsonReader reader) =>
        Next(ref reader) == JsonTokenType.Number ? Money.FromUsd(reader.GetDecimal()) : throw new JsonException("Not an amount.");
}
