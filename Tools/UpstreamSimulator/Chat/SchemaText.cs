using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>A string that keeps a schema's format and lengths.</summary>
internal static class SchemaText
{
    public static string For(JsonElement schema, ulong seed)
    {
        var text = Text(schema, "format") switch
        {
            "date-time" => "2026-01-02T03:04:05Z",
            "date" => "2026-01-02",
            "time" => "03:04:05Z",
            "duration" => "PT1H",
            "email" => "someone@example.com",
            "hostname" => "example.com",
            "ipv4" => "192.0.2.1",
            "ipv6" => "2001:db8::1",
            "uuid" => $"{seed:x16}{Hash.Next(seed):x16}"[..8] + "-0000-4000-8000-000000000000",
            "uri" => "https://example.com/",
            _ => string.Concat(Words.Take(2, seed, []).Select(piece => piece.Text)),
        };

        return text.Length < Number(schema, "minLength", 0)
            ? text.PadRight(Number(schema, "minLength", 0), 'x')
            : text[..Math.Min(text.Length, Number(schema, "maxLength", int.MaxValue))];
    }

    private static string? Text(JsonElement schema, string name) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(name, out var value) ? value.ToString() : null;

    private static int Number(JsonElement schema, string name, int otherwise) => int.TryParse(Text(schema, name), out var number) ? number : otherwise;
}
