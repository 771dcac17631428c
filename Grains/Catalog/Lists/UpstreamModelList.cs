using System.Collections.Immutable;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// What an upstream answers to <c>GET …/models</c>: <c>{"data":[{"id":…},…]}</c> in OpenAI's form and Anthropic's, or the bare array that
/// some relays send.
/// </summary>
internal static class UpstreamModelList
{
    /// <summary>No list is longer; the rest of one that is is left out.</summary>
    public const int MostModels = 5_000;

    /// <summary>The ids in order, each once; null when the body is no list. Entries that no caller could name are left out.</summary>
    public static ImmutableArray<string>? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var list = document.RootElement;
            if (list.ValueKind == JsonValueKind.Object && !list.TryGetProperty("data"u8, out list)) return null;
            return list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(IdOf).OfType<string>().Distinct(StringComparer.Ordinal).Take(MostModels)] : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? IdOf(JsonElement entry)
    {
        if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("id"u8, out var named)) entry = named;
        if (entry.ValueKind != JsonValueKind.String) return null;
        try
        {
            return entry.GetString() is { } id && CatalogRules.IsName(id) ? id : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair.
            return null;
        }
    }
}
