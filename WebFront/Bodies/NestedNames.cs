using System.Runtime.CompilerServices;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>Looks for an object, at any depth, that has a name twice: two parsers may differ on which of them counts.</summary>
internal static class NestedNames
{
    private const int MaxLevels = HeadReader.MaxDepth + 1;

    /// <summary>The first name that its object has already; null when there is none.</summary>
    /// <param name="body">JSON that was read to its end.</param>
    public static string? FirstTwice(ReadOnlySpan<byte> body)
    {
        var json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = HeadReader.MaxDepth });
        var levels = default(Levels);
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.StartObject) levels[json.CurrentDepth + 1].Clear();
            else if (json.TokenType == JsonTokenType.PropertyName && !levels[json.CurrentDepth].Add(body, ref json)) return json.GetString();
        }

        return null;
    }

    [InlineArray(MaxLevels)]
    private struct Levels
    {
        private SeenNames _first;
    }
}
