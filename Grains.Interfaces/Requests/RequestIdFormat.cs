using System.Runtime.InteropServices;
using System.Security.Cryptography;

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

    [ThreadStatic]
    private static ulong[]? _drawn;

    [ThreadStatic]
    private static int _left;

    private static readonly long LastMillisecond = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>A new id of an instant.</summary>
    public static string New(DateTimeOffset now)
    {
        // RFC 9562, 5.7: 48 bits of milliseconds, the version, 12 random bits; the variant, 62 random bits.
        var halves = (((ulong)now.ToUnixTimeMilliseconds() << 16) | 0x7000 | (Random() & 0xFFF), (1UL << 63) | (Random() >> 2));
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

    // Asking the system for 16 bytes at a time is a system call for each request.
    private static ulong Random()
    {
        var drawn = _drawn ??= new ulong[128];
        if (_left == 0)
        {
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(drawn.AsSpan()));
            _left = drawn.Length;
        }
        return drawn[--_left];
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
