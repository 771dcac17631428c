using System.Buffers.Binary;

namespace OrleansGateway;

/// <summary>
/// How request ids are written: <c>req_</c> and the 128 bits of a UUID of version 7 in base 62. So they stand in the order of time, and where to
/// look for a request in the book can be read from its id.
/// </summary>
public static class RequestIdFormat
{
    private const string Prefix = "req_";
    private const int HalfLength = 11; // 62^11 > 2^64
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly long LastMillisecond = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>A new id of an instant.</summary>
    public static string New(DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(now).TryWriteBytes(bytes, bigEndian: true, out _);
        var halves = (BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
        return string.Create(Prefix.Length + (2 * HalfLength), halves, static (text, halves) =>
        {
            Prefix.CopyTo(text);
            Write(text.Slice(Prefix.Length, HalfLength), halves.Item1);
            Write(text[(Prefix.Length + HalfLength)..], halves.Item2);
        });
    }

    /// <summary>When a request came in, to the millisecond of its web front's clock; null when the text is no request's id.</summary>
    public static DateTimeOffset? TimeOf(ReadOnlySpan<char> id)
    {
        if (id.Length != Prefix.Length + (2 * HalfLength) || !id.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        if (Read(id.Slice(Prefix.Length, HalfLength)) is not { } high || Read(id[(Prefix.Length + HalfLength)..]) is null) return null;
        var isVersion7 = ((high >> 12) & 0xF) == 7;
        var milliseconds = (long)(high >> 16);
        return isVersion7 && milliseconds <= LastMillisecond ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
    }

    private static void Write(Span<char> text, ulong value)
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            (value, var digit) = Math.DivRem(value, (ulong)Alphabet.Length);
            text[i] = Alphabet[(int)digit];
        }
    }

    private static ulong? Read(ReadOnlySpan<char> text)
    {
        var value = UInt128.Zero;
        foreach (var letter in text)
        {
            var digit = Alphabet.IndexOf(letter, StringComparison.Ordinal);
            if (digit < 0) return null;
            value = (value * (UInt128)Alphabet.Length) + (UInt128)digit;
        }
        return value <= ulong.MaxValue ? (ulong)value : null;
    }
}
