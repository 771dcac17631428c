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
        else (_event, _dataOffset) = ([.. "data: "u8, .. OnOneLine(source.Data), .. "\n\n"u8], "data: ".Length);
    }

    /// <summary>The event with <c>cost_usd</c> as a member of its usage.</summary>
    public byte[] WithCost(Money cost)
    {
        if (_scan.UsageEnd == 0) return _event;
        var bytes = _event.AsSpan();
        if (!_scan.Cost.IsEmpty)
            return [.. bytes[..(_dataOffset + _scan.Cost.Start)], .. Encoding.UTF8.GetBytes(cost.ToString()), .. bytes[(_dataOffset + _scan.Cost.End)..]];
        var brace = _dataOffset + _scan.UsageEnd;
        return [.. bytes[..brace], .. Encoding.UTF8.GetBytes($"{(_scan.UsageHasMembers ? "," : "")}\"cost_usd\":{cost}"), .. bytes[brace..]];
    }

    /// <summary>A line feed in JSON stands between its parts, never within text: a blank does as well.</summary>
    private static byte[] OnOneLine(ReadOnlySpan<byte> data)
    {
        var line = data.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        return line;
    }
}
