using System.Text.Json;

namespace OrleansGateway;

/// <summary>Looks for some of the members of a JSON object.</summary>
internal interface IMemberScan
{
    /// <summary>Takes the member whose name was read, and leaves the reader at its value's last token.</summary>
    void Member(ref Utf8JsonReader reader);
}

/// <summary>One pass over an object, which also proves it complete JSON.</summary>
internal static class JsonWalk
{
    /// <summary>Hands every member of an object to who looks for some; false for anything else and for broken JSON.</summary>
    public static bool TryScan<TScan>(ReadOnlySpan<byte> json, ref TScan scan)
        where TScan : struct, IMemberScan
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) scan.Member(ref reader);
            // The object has ended; reading on finds anything behind it.
            return !reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second of a name with half a surrogate pair, which no one notices before it is compared.
            return false;
        }
    }

    /// <summary>Goes over the value whose name was read; gives where it stands.</summary>
    public static ByteRange SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return new ByteRange(start, (int)reader.BytesConsumed - start);
    }
}
