using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Rewrites <c>data[].embedding</c> from an array of numbers to base64 of little-endian floats, and keeps every other byte. Clients
/// that asked for base64 would take the numbers for it and silently get garbage.
/// </summary>
internal static class Base64Embeddings
{
    /// <summary>The rewritten answer; the same one when there is nothing to rewrite.</summary>
    public static ReadOnlyMemory<byte> Rewrite(ReadOnlyMemory<byte> answer)
    {
        try
        {
            return Rewritten(answer.Span) ?? answer;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return answer;
        }
    }

    private static ReadOnlyMemory<byte>? Rewritten(ReadOnlySpan<byte> answer)
    {
        var json = new Utf8JsonReader(answer);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return null;
        ArrayBufferWriter<byte>? output = null;
        var kept = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isData = json.ValueTextEquals("data"u8);
            json.Read();
            if (isData && json.TokenType == JsonTokenType.StartArray) RewriteData(answer, ref json, ref output, ref kept);
            else json.Skip();
        }

        output?.Write(answer[kept..]);
        return output?.WrittenMemory;
    }

    private static void RewriteData(ReadOnlySpan<byte> answer, ref Utf8JsonReader json, ref ArrayBufferWriter<byte>? output, ref int kept)
    {
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                json.Skip();
                continue;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isEmbedding = json.ValueTextEquals("embedding"u8);
                json.Read();
                if (!isEmbedding || json.TokenType != JsonTokenType.StartArray)
                {
                    json.Skip();
                    continue;
                }

                output ??= new ArrayBufferWriter<byte>(answer.Length);
                output.Write(answer[kept..(int)json.TokenStartIndex]);
                WriteBase64(ref json, output);
                kept = (int)json.BytesConsumed;
            }
        }
    }

    private static void WriteBase64(ref Utf8JsonReader json, ArrayBufferWriter<byte> output)
    {
        var floats = ArrayPool<byte>.Shared.Rent(1536 * sizeof(float));
        var length = 0;
        try
        {
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                if (length + sizeof(float) > floats.Length) floats = Grow(floats, length);
                BinaryPrimitives.WriteSingleLittleEndian(floats.AsSpan(length), json.GetSingle());
                length += sizeof(float);
            }

            var text = output.GetSpan(Base64.GetMaxEncodedToUtf8Length(length) + 2);
            text[0] = (byte)'"';
            Base64.EncodeToUtf8(floats.AsSpan(0, length), text[1..], out _, out var written);
            text[written + 1] = (byte)'"';
            output.Advance(written + 2);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(floats);
        }
    }

    private static byte[] Grow(byte[] floats, int length)
    {
        var grown = ArrayPool<byte>.Shared.Rent(floats.Length * 2);
        floats.AsSpan(0, length).CopyTo(grown);
        ArrayPool<byte>.Shared.Return(floats);
        return grown;
    }
}
