using System.Text;

namespace OrleansGateway;

/// <summary>A stream's usage event, kept back until the posting says what the caller pays for it.</summary>
internal sealed class HeldUsage
{
    private readonly byte[] _event;
    private readonly int _dataOffset;
    private readonly AnswerScan _scan;

    public HeldUsage(ReadOnlySpan<byte> raw, in SseEvent source, in AnswerScan scan)
    {
        _scan = scan;
        if (source.DataOffset >= 0) (_event, _dataOffset) = (raw.ToArray(), source.DataOffset);
        else (_event, _dataOffset) = (SseEvent.Of(source.Data), SseEvent.Name.Length);
    }

    /// <summary>One that the gateway made: an event of one data line.</summary>
    public static HeldUsage Of(byte[] made)
    {
        using var reader = new SseReader();
        made.CopyTo(reader.GetMemory());
        reader.Advance(made.Length);
        if (!reader.TryRead(out var next) || !AnswerScan.TryScan(next.Data, out var scan)) throw new ArgumentException("It is no event.", nameof(made));
        return new HeldUsage(made, next, scan);
    }

    /// <summary>The event with <c>cost_usd</c> as a member of its usage.</summary>
    public byte[] WithCost(Money cost) => Parts() is var (before, after) ? [.. before, .. Encoding.UTF8.GetBytes(cost.ToString()), .. after] : _event;

    /// <summary>The same with a place where the cost goes.</summary>
    public void WriteTo(EventTape tape)
    {
        if (Parts() is not var (before, after))
        {
            tape.Add(_event);
            return;
        }
        tape.Add(before);
        tape.AddCost();
        tape.Add(after);
    }

    /// <summary>What stands before and after the cost; null when it has no place.</summary>
    private (byte[] Before, byte[] After)? Parts()
    {
        if (_scan.UsageEnd == 0) return null;
        if (!_scan.Cost.IsEmpty) return (_event[..(_dataOffset + _scan.Cost.Start)], _event[(_dataOffset + _scan.Cost.End)..]);
        var brace = _dataOffset + _scan.UsageEnd;
        return ([.. _event[..brace], .. _scan.UsageHasMembers ? ",\"cost_usd\":"u8 : "\"cost_usd\":"u8], _event[brace..]);
    }
}
