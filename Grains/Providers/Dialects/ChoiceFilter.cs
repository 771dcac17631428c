using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Keeps of a chat's choices as many as were asked for: those whose indexes come first. Of a whole answer each index once; in a stream a choice comes in
/// pieces, so that one which comes twice cannot be told from one that goes on.
/// </summary>
internal sealed class ChoiceFilter(int asked, bool whole)
{
    private readonly List<int> _kept = new(asked);
    private readonly List<Range> _ranges = [];

    /// <summary>Whether more came than was asked for, or one twice.</summary>
    public bool IsOdd { get; private set; }

    /// <summary>Whether a chunk passes that has a part of one choice only.</summary>
    public bool Passes(int index)
    {
        if (Keeps(index)) return true;
        IsOdd = true;
        return false;
    }

    /// <summary>Whether an answer or chunk passes as it is; if not, what passes in its place, or null for nothing.</summary>
    public bool Passes(ReadOnlySpan<byte> json, out byte[]? instead)
    {
        instead = null;
        var reader = new Utf8JsonReader(json);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return true;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isChoices = reader.ValueTextEquals("choices"u8);
                reader.Read();
                if (isChoices && reader.TokenType == JsonTokenType.StartArray) return PassesList(ref reader, json, out instead);
                reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Whether it is an answer at all is judged elsewhere.
        }
        return true;
    }

    private bool PassesList(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, out byte[]? instead)
    {
        instead = null;
        var start = (int)reader.TokenStartIndex;
        var kept = _ranges;
        kept.Clear();
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var from = (int)reader.TokenStartIndex;
            var index = IndexOf(ref reader, count++);
            if (Keeps(index)) kept.Add(from..(int)reader.BytesConsumed);
        }
        if (kept.Count == count) return true;
        IsOdd = true;
        if (kept.Count == 0) return false;

        List<byte> rest = [.. json[..start], (byte)'['];
        for (var i = 0; i < kept.Count; i++)
        {
            if (i > 0) rest.Add((byte)',');
            rest.AddRange(json[kept[i]]);
        }
        instead = [.. rest, (byte)']', .. json[(int)reader.BytesConsumed..]];
        return false;
    }

    private bool Keeps(int index)
    {
        if (_kept.Contains(index)) return !whole;
        if (_kept.Count == asked) return false;
        _kept.Add(index);
        return true;
    }

    /// <summary>A choice's index; its place when it does not tell. Reads to the choice's end.</summary>
    private static int IndexOf(ref Utf8JsonReader reader, int place)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return place;
        }
        var index = place;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIndex = reader.ValueTextEquals("index"u8);
            reader.Read();
            if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var told)) index = told;
            reader.Skip();
        }
        return index;
    }
}
