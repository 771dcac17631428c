using System.Buffers;

namespace OrleansGateway;

/// <summary>A request's body as far as it came, in one array of its own: the pool keeps it for as long as the upstream call takes. Its room is given back at the end.</summary>
internal sealed class HeldBody(BodyRoom room, string tenantId, int expected, int most) : IDisposable
{
    // A length is only a claim: beyond this the array has it once so much really came.
    private const int TrustedLength = 64 * 1024;

    private byte[] _bytes = [];
    private long _counted;

    /// <summary>What came.</summary>
    public Memory<byte> Bytes => _bytes.AsMemory(0, Length);

    /// <summary>How much came.</summary>
    public int Length { get; private set; }

    /// <summary>Adds what came; or nothing, and returns what the caller is to be told, when there is no room for it.</summary>
    public GatewayError? Add(in ReadOnlySequence<byte> fresh)
    {
        var needed = Length + (int)fresh.Length;
        if (needed > _bytes.Length && Grow(SizeFor(needed)) is { } refusal) return refusal;
        fresh.CopyTo(_bytes.AsSpan(Length));
        Length = needed;
        return null;
    }

    public void Dispose()
    {
        if (_counted > 0) room.Give(tenantId, _counted);
        _counted = 0;
    }

    private int SizeFor(int needed)
    {
        if (needed <= expected) return needed <= TrustedLength ? Math.Min(expected, TrustedLength) : expected;
        return Math.Max(needed, (int)Math.Min(_bytes.Length * 2L, most));
    }

    private GatewayError? Grow(int size)
    {
        if (size > BodyRoom.Uncounted)
        {
            if (room.Take(tenantId, size - _counted) is { } refusal) return refusal;
            _counted = size;
        }

        var grown = GC.AllocateUninitializedArray<byte>(size);
        Bytes.Span.CopyTo(grown);
        _bytes = grown;
        return null;
    }
}
