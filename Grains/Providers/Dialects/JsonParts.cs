using System.Text.Json.Nodes;

namespace OrleansGateway;

/// <summary>Parts of JSON that must be of one type; what is of another, or missing, throws <see cref="FormatException"/>.</summary>
internal static class JsonParts
{
    public static JsonObject Object(this JsonNode? node) => node as JsonObject ?? throw Other();

    public static JsonArray Array(this JsonNode? node) => node as JsonArray ?? throw Other();

    public static T Value<T>(this JsonNode? node) => node is JsonValue value && value.TryGetValue<T>(out var found) ? found : throw Other();

    private static FormatException Other() => new("A part of an answer is of another type than it should be.");
}
