using System.Buffers;

namespace OrleansGateway;

/// <summary>One event of a stream. Valid until the reader takes more bytes.</summary>
/// <param name="start">Where its bytes begin in the reader's buffer.</param>
/// <param name="length">How many they are, blank line included.</param>
/// <param name="data">Its data lines, joined by line feeds.</param>
/// <param name="dataOffset">Where the data stands within its bytes; negative when it was joined of several lines.</param>
internal readonly ref struct SseEvent(int start, int length, ReadOnlySpan<byte> data, int dataOffset)
{
    public int Start { get; } = start;
    public int Length { get; } = length;
    public int End => Start + Length;
    public ReadOnlySpan<byte> Data { get; } = data;
    public int DataOffset { get; } = dataOffset;

    /// <summary>An event of one data line. A line feed in JSON stands between its parts, never within text: a blank does as well.</summary>
    public static byte[] Of(ReadOnlySpan<byte> json)
    {
        byte[] made = [.. Name, .. json, .. "\n\n"u8];
        made.AsSpan(Name.Length, json.Length).Replace((byte)'\n', (byte)' ');
        return made;
    }

    /// <summary>What stands before the data of such an event.</summary>
    public static ReadOnlySpan<byte> Name => "data: "u8;
}

/// <summary>
/// Cuts a stream's bytes into server-sent events without changing one: LF, CRLF or CR, a byte order mark, comments, data of many lines. How
/// the bytes arrive makes no difference to the events.
/// </summary>
internal sealed class SseReader(int maxEventBytes = SseReader.MaxEventBytes) : IDisposable
{
    public const int MaxEventBytes = 1024 * 1024;
    private const int SmallestRead = 4096;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(2 * SmallestRead);
    private byte[]? _joined;
    private int _start;     // of the event that is being read
    private int _line;      // of the line that is being read
    private int _probe;     // from where on a line's end is looked for
    private int _end;       // of the bytes
    private int _dataStart; // of the event's first data, counted from its start
    private int _dataLength;
    private int _dataLines;
    private bool _isFirstLine = true;
    private bool _ended;

    /// <summary>Whether an event is larger than any may be; nothing more can be read then.</summary>
    public bool IsOversized { get; private set; }

    /// <summary>Bytes that came and have not been read as events.</summary>
    public int Unread => _end - _start;

    /// <summary>Where the next bytes go. Ends the life of all events read so far.</summary>
    public Memory<byte> GetMemory()
    {
        if (_start > 0)
        {
            if (_start < _end) Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            (_line, _probe, _end, _start) = (_line - _start, _probe - _start, _end - _start, 0);
        }
        if (_buffer.Length - _end < SmallestRead)
        {
            var larger = ArrayPool<byte>.Shared.Rent(2 * _buffer.Length);
            Buffer.BlockCopy(_buffer, 0, larger, 0, _end);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        return _buffer.AsMemory(_end);
    }

    /// <summary>Tells how many bytes came; none means that no more will.</summary>
    public void Advance(int count)
    {
        _end += count;
        _ended |= count == 0;
    }

    /// <summary>Takes of bytes that are at hand as many as there is room for; none left means that no more will come.</summary>
    public void Fill(ref ReadOnlySpan<byte> left)
    {
        var room = GetMemory().Span;
        var count = Math.Min(room.Length, left.Length);
        left[..count].CopyTo(room);
        left = left[count..];
        Advance(count);
    }

    /// <summary>The next whole event, if it is there.</summary>
    public bool TryRead(out SseEvent next)
    {
        next = default;
        while (!IsOversized)
        {
            var found = _buffer.AsSpan(_probe, _end - _probe).IndexOfAny((byte)'\r', (byte)'\n');
            _probe = found < 0 ? _end : _probe + found;
            // A carriage return may be half of a line's end: the next byte tells.
            if (found < 0 || (_buffer[_probe] == (byte)'\r' && _probe + 1 == _end && !_ended))
            {
                IsOversized = _end - _start > maxEventBytes;
                return false;
            }

            var line = _buffer.AsSpan(_line, _probe - _line);
            var lineStart = _line;
            _line = _probe += _buffer[_probe] == (byte)'\r' && _probe + 1 < _end && _buffer[_probe + 1] == (byte)'\n' ? 2 : 1;
            if (_isFirstLine && line.StartsWith("\uFEFF"u8))
            {
                line = line[3..];
                lineStart += 3;
            }
            _isFirstLine = false;

            if (line.IsEmpty) return Take(out next);
            Note(line, lineStart);
        }
        return false;
    }

    /// <summary>The bytes between two places of the buffer.</summary>
    public ReadOnlySpan<byte> Slice(int start, int end) => _buffer.AsSpan(start, end - start);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Note(ReadOnlySpan<byte> line, int lineStart)
    {
        if (!TryGetData(line, out var offset) || _dataLines++ > 0) return;
        _dataStart = lineStart + offset - _start;
        _dataLength = line.Length - offset;
    }

    private bool Take(out SseEvent next)
    {
        var length = _line - _start;
        IsOversized = length > maxEventBytes;
        next = _dataLines switch
        {
            0 => new SseEvent(_start, length, default, -1),
            1 => new SseEvent(_start, length, _buffer.AsSpan(_start + _dataStart, _dataLength), _dataStart),
            _ => new SseEvent(_start, length, Join(_buffer.AsSpan(_start, length)), -1),
        };
        _start = _line;
        _dataLines = 0;
        return !IsOversized;
    }

    private ReadOnlySpan<byte> Join(ReadOnlySpan<byte> bytes)
    {
        if (_joined is null || _joined.Length < bytes.Length) _joined = new byte[bytes.Length];
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        var length = 0;
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
            var line = bytes[..end];
            bytes = bytes[(end + 1)..];
            if (!TryGetData(line, out var offset)) continue;
            line[offset..].CopyTo(_joined.AsSpan(length));
            length += line.Length - offset;
            _joined[length++] = (byte)'\n';
        }
        return _joined.AsSpan(0, length - 1);
    }

    /// <summary>Where a data line's value begins; false for comments and other fields.</summary>
    private static bool TryGetData(ReadOnlySpan<byte> line, out int offset)
    {
        offset = 4;
        if (!line.StartsWith("data"u8)) return false;
        if (line.Length == 4) return true;
        if (line[4] != (byte)':') return false;
        offset = line.Length > 5 && line[5] == (byte)' ' ? 6 : 5;
        return true;
    }
}
