using System.Buffers;
using System.Globalization;
using System.Text;

namespace OrleansGateway.LoadTest;

/// <summary>Counts the events of a stream whose lines end in LF, whatever pieces it comes in, and remembers what its last ones say.</summary>
internal sealed class EventScanner
{
    // More than the last event and the one with the usage take.
    private const int TailBytes = 8 * 1024;

    private static readonly byte[] Data = "data:"u8.ToArray();
    private static readonly SearchValues<char> NumberSigns = SearchValues.Create("0123456789.eE+-");

    private readonly byte[] _tail = new byte[2 * TailBytes];
    private int _tailLength;
    private int _matched;
    private bool _inLine;

    /// <summary>Events so far, the end marker not counted.</summary>
    public int Events { get; private set; }

    /// <summary>The last that came.</summary>
    public string Tail => Encoding.UTF8.GetString(_tail, 0, _tailLength);

    /// <summary>What the caller was told that it costs; null when it was told nothing.</summary>
    public decimal? CostUsd
    {
        get
        {
            const string name = "\"cost_usd\":";
            var tail = Tail;
            var at = tail.LastIndexOf(name, StringComparison.Ordinal);
            if (at < 0) return null;
            var number = tail.AsSpan(at + name.Length).TrimStart(' ');
            var end = number.IndexOfAnyExcept(NumberSigns);
            return end > 0 && decimal.TryParse(number[..end], NumberStyles.Float, CultureInfo.InvariantCulture, out var cost) ? cost : null;
        }
    }

    /// <summary>Takes the next bytes.</summary>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        Keep(bytes);
        while (!bytes.IsEmpty)
        {
            if (_inLine)
            {
                var end = bytes.IndexOf((byte)'\n');
                if (end < 0) return;
                bytes = bytes[(end + 1)..];
                (_inLine, _matched) = (false, 0);
            }
            else if (_matched == Data.Length)
            {
                // One byte more, to tell an event from the end marker; an optional space comes first.
                if (bytes[0] != (byte)' ')
                {
                    if (bytes[0] != (byte)'[') Events++;
                    _inLine = true;
                }
                else
                {
                    bytes = bytes[1..];
                }
            }
            else if (bytes[0] == Data[_matched])
            {
                _matched++;
                bytes = bytes[1..];
            }
            else
            {
                _inLine = true;
            }
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > TailBytes) bytes = bytes[^TailBytes..];
        if (_tailLength + bytes.Length > _tail.Length)
        {
            _tail.AsSpan(_tailLength - TailBytes, TailBytes).CopyTo(_tail);
            _tailLength = TailBytes;
        }
        bytes.CopyTo(_tail.AsSpan(_tailLength));
        _tailLength += bytes.Length;
    }
}
