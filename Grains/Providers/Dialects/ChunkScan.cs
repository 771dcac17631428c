using System.Text.Json;

namespace OrleansGateway;

/// <summary>How much of an answer a chat's chunk brings, found in one pass that also proves it complete JSON.</summary>
internal struct ChunkScan : IMemberScan
{
    /// <summary>Bytes of text that its choices bring, of whatever kind: no fewer than the tokens in them, but for such as hold no whole character.</summary>
    public int TextBytes;

    /// <summary>Pieces of choices that may each hold a token. One that says no more than whose turn it is, as the first does as a rule, has none yet.</summary>
    public int Deltas;

    /// <summary>How many choices it has a part of.</summary>
    public int Choices;

    /// <summary>The index of the last of them; its place when it does not tell.</summary>
    public int Index;

    /// <summary>Whether it tells of usage or of an error.</summary>
    public bool IsMore;

    /// <summary>Scans an object; false for anything else and for broken JSON.</summary>
    public static bool TryScan(ReadOnlySpan<byte> json, out ChunkScan scan)
    {
        scan = default;
        return JsonWalk.TryScan(json, ref scan);
    }

    /// <inheritdoc/>
    public void Member(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("choices"u8)) ReadChoices(ref reader);
        // A relay may send the events of the younger APIs in a chat.
        else if (reader.ValueTextEquals("delta"u8)) ReadText(ref reader);
        else
        {
            var isMore = reader.ValueTextEquals("usage"u8) || reader.ValueTextEquals("error"u8) || reader.ValueTextEquals("response"u8);
            reader.Read();
            IsMore |= isMore && reader.TokenType != JsonTokenType.Null;
            reader.Skip();
        }
    }

    private void ReadChoices(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Index = Choices++;
            if (reader.TokenType == JsonTokenType.StartObject) ReadChoice(ref reader);
            else reader.Skip();
        }
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // The two others are those of whole answers and of completions, which some relays stream.
            if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("text"u8))
            {
                ReadText(ref reader);
                continue;
            }
            var isIndex = reader.ValueTextEquals("index"u8);
            reader.Read();
            if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var told)) Index = told;
            reader.Skip();
        }
    }

    /// <summary>A text, or an object of some, whose name was read.</summary>
    private void ReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        var depth = reader.CurrentDepth;
        var (bytes, hasRole) = (0, false);
        if (reader.TokenType == JsonTokenType.String) bytes = reader.ValueSpan.Length;
        else if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        else
        {
            while (reader.Read() && reader.CurrentDepth > depth)
            {
                if (reader.TokenType == JsonTokenType.String) bytes += reader.ValueSpan.Length;
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != depth + 1 || !reader.ValueTextEquals("role"u8)) continue;
                hasRole = true;
                reader.Skip();
            }
        }
        TextBytes += bytes;
        if (bytes > 0 || !hasRole) Deltas++;
    }
}
