using System.Text.Json;
using System.Text.Unicode;

namespace OrleansGateway;

/// <summary>
/// Watches the chunks of a chat completion go by. Only those that report usage or an error are parsed; of the others it reads the delta, to know how much
/// text has come in case no usage ever does.
/// </summary>
internal sealed class ChunkMeter : StreamMeter
{
    private long _contentBytes;
    private long _deltas;

    public override long OutputBound => Math.Max(_contentBytes, _deltas);

    public override ChunkKind Look(ReadOnlySpan<byte> data)
    {
        var text = data.Trim(" \t\n"u8);
        if (text.IsEmpty) return ChunkKind.Content;
        if (text[0] != (byte)'{') return text.SequenceEqual("[DONE]"u8) ? ChunkKind.Done : ChunkKind.Bad;
        if (text[^1] != (byte)'}' || !Utf8.IsValid(text) || !CountDeltas(text)) return ChunkKind.Bad;
        return HasValue(data, "\"usage\""u8) || HasValue(data, "\"error\""u8) ? Parse(data) : ChunkKind.Content;
    }

    private ChunkKind Parse(ReadOnlySpan<byte> data)
    {
        if (!AnswerScan.TryScan(data, out var scan)) return ChunkKind.Bad;
        LastScan = scan;
        if (scan.Usage is not null) Usage = scan.Usage;
        if (scan.HasError) return ChunkKind.Error;
        return scan is { Usage: not null, HasContent: false } ? ChunkKind.Usage : ChunkKind.Content;
    }

    /// <summary>Whether a member of that quoted name has another value than null. Within text its quotes would be escaped, so this finds members only.</summary>
    private static bool HasValue(ReadOnlySpan<byte> data, ReadOnlySpan<byte> quotedName)
    {
        for (int at; (at = data.IndexOf(quotedName)) >= 0;)
        {
            data = data[(at + quotedName.Length)..].TrimStart(" \t\r\n"u8);
            if (data.IsEmpty || data[0] != (byte)':') continue;
            data = data[1..].TrimStart(" \t\r\n"u8);
            if (!data.StartsWith("null"u8)) return true;
        }
        return false;
    }

    /// <summary>Adds up the text of every delta; false when one is broken. One that says no more than whose turn it is, as the first does as a rule, has no token yet.</summary>
    private bool CountDeltas(ReadOnlySpan<byte> data)
    {
        for (int at; (at = data.IndexOf("\"delta\""u8)) >= 0;)
        {
            data = data[(at + "\"delta\""u8.Length)..].TrimStart(" \t\r\n:"u8);
            if (data.IsEmpty || data[0] is not ((byte)'{' or (byte)'"')) continue;
            var reader = new Utf8JsonReader(data);
            var (bytes, hasRole) = (0L, false);
            try
            {
                do
                {
                    if (!reader.Read()) return false;
                    if (reader.TokenType == JsonTokenType.String) bytes += reader.ValueSpan.Length;
                    if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1 || !reader.ValueTextEquals("role"u8)) continue;
                    hasRole = true;
                    reader.Skip();
                }
                while (reader.CurrentDepth > 0 || reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.String));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                return false;
            }
            _contentBytes += bytes;
            if (bytes > 0 || !hasRole) _deltas++;
            data = data[(int)reader.BytesConsumed..];
        }
        return true;
    }
}
