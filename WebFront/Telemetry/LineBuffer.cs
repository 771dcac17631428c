using System.Text;

namespace OrleansGateway;

/// <summary>Gathers text until it is written out, in memory that is used again: some tens of kilobytes, more only for a single event that is longer.</summary>
internal sealed class LineBuffer : TextWriter
{
    private const int Full = 24 * 1024;
    private const int Kept = 32 * 1024; // below what goes to the large object heap, whose growth is what full collections come of

    private char[] _chars = new char[Kept];
    private int _count;

    /// <summary>Whether it is time to write out.</summary>
    public bool IsFull => _count >= Full;

    public override Encoding Encoding => Encoding.Unicode;

    public override void Write(char value)
    {
        if (_count == _chars.Length) Grow(1);
        _chars[_count++] = value;
    }

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (buffer.Length > _chars.Length - _count) Grow(buffer.Length);
        buffer.CopyTo(_chars.AsSpan(_count));
        _count += buffer.Length;
    }

    /// <summary>Writes out what has been gathered.</summary>
    public void WriteTo(TextWriter output)
    {
        var count = _count;
        _count = 0; // also when it cannot be written
        output.Write(_chars, 0, count);
        // What one long event took is not kept for ever.
        if (_chars.Length > Kept) _chars = new char[Kept];
    }

    private void Grow(int more) => Array.Resize(ref _chars, Math.Max(2 * _chars.Length, _count + more));
}
