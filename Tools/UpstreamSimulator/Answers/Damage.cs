using System.Buffers;
using System.IO.Compression;

namespace OrleansGateway.Simulator;

/// <summary>Spoils the bytes of an answer.</summary>
internal static class Damage
{
    /// <summary>Puts two bytes that are never UTF-8 where the text begins.</summary>
    public static byte[] InvalidUtf8(ReadOnlySpan<byte> json)
    {
        var mark = "\"content\":\""u8;
        var at = json.IndexOf(mark) is >= 0 and var found ? found + mark.Length : json.Length / 2;
        return [.. json[..at], 0xC3, 0x28, .. json[at..]];
    }

    /// <summary>The answer and then blanks, gzipped.</summary>
    public static byte[] GzipBomb(ReadOnlySpan<byte> json, int size)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(json);
            var blanks = ArrayPool<byte>.Shared.Rent(65536);
            blanks.AsSpan().Fill((byte)' ');
            for (var left = size - json.Length; left > 0; left -= blanks.Length)
            {
                gzip.Write(blanks, 0, Math.Min(left, blanks.Length));
            }

            ArrayPool<byte>.Shared.Return(blanks);
        }

        return packed.ToArray();
    }
}
