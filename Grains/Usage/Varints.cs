using System.Buffers;

namespace OrleansGateway;

/// <summary>Whole numbers in seven bits a byte, the lowest first; signed ones folded so that small magnitudes stay short.</summary>
internal static class Varints
{
    private const int MostBytes = 10;

    public static void Write(IBufferWriter<byte> to, ulong number)
    {
        var bytes = to.GetSpan(MostBytes);
        var length = 0;
        for (; number >= 0x80; number >>= 7) bytes[length++] = (byte)(number | 0x80);
        bytes[length++] = (byte)number;
        to.Advance(length);
    }

    public static void WriteSigned(IBufferWriter<byte> to, long number) => Write(to, (ulong)((number << 1) ^ (number >> 63)));

    /// <summary>Takes a number off the front; throws <see cref="InvalidDataException"/> where there is none.</summary>
    public static ulong Read(ref ReadOnlySpan<byte> from)
    {
        var number = 0UL;
        for (var i = 0; i < from.Length && i < MostBytes; i++)
        {
            var b = from[i];
            if (i == MostBytes - 1 && b > 1) break;
            number |= (ulong)(b & 0x7f) << (7 * i);
            if (b >= 0x80) continue;
            from = from[(i + 1)..];
            return number;
        }
        throw new InvalidDataException("A number ends early or has more than 64 bits.");
    }

    public static long ReadSigned(ref ReadOnlySpan<byte> from)
    {
        var folded = Read(ref from);
        return (long)(folded >> 1) ^ -(long)(folded & 1);
    }

    /// <summary>A number from 0 to <paramref name="most"/>.</summary>
    public static int ReadUpTo(ref ReadOnlySpan<byte> from, int most)
    {
        var number = Read(ref from);
        return number <= (ulong)most ? (int)number : throw new InvalidDataException($"{number} where at most {most} can be.");
    }
}
