using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Looks into a request's JSON; a field that is missing, null or inside something that is no object is null.</summary>
internal static class RequestJson
{
    public static JsonElement? Find(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static JsonElement? Find(this JsonElement? json, string name) => json?.Find(name);

    public static string? Text(this JsonElement json, string name) => json.Find(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public static int? Whole(this JsonElement json, string name, int least, int most)
    {
        if (json.Find(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw new InvalidRequestException($"'{name}' must be a whole number from {least} to {most}.", name);
    }
}
