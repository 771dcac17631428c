namespace OrleansGateway;

/// <summary>Makes request ids: <c>req_</c> and 128 bits in base 62, in order of time. Never the caller's own.</summary>
internal sealed class RequestIds(TimeProvider time)
{
    private const string Prefix = "req_";
    private const int HalfLength = 11; // 62^11 > 2^64

    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public string Next()
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(time.GetUtcNow()).TryWriteBytes(bytes, bigEndian: true, out _);
        var halves = (
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes),
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
        return string.Create(Prefix.Length + (2 * HalfLength), halves, static (text, halves) =>
        {
            Prefix.CopyTo(text);
            Write(text.Slice(Prefix.Length, HalfLength), halves.Item1);
            Write(text[(Prefix.Length + HalfLength)..], halves.Item2);
        });
    }

    private static void Write(Span<char> text, ulong value)
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            (value, var digit) = Math.DivRem(value, (ulong)Alphabet.Length);
            text[i] = Alphabet[(int)digit];
        }
    }
}
