using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>The names an object has had so far: two parsers may differ on which of two equal names counts, so none may come twice.</summary>
internal struct SeenNames
{
    private const int PlainCapacity = 24;

    // Names without escapes are compared where they stand; a name with one, or one too many, moves all to strings.
    private PlainNames _plain;
    private int _plainCount;
    private HashSet<string>? _names;

    /// <summary>Counts the names taken.</summary>
    public readonly int Count => _names?.Count ?? _plainCount;

    /// <summary>Begins with another object.</summary>
    public void Clear() => (_plainCount, _names) = (0, null);

    /// <summary>Takes the name that the reader stands on; false when it was there already.</summary>
    public bool Add(ReadOnlySpan<byte> body, ref Utf8JsonReader json)
    {
        if (_names is null && !json.ValueIsEscaped && _plainCount < PlainCapacity)
        {
            var name = json.ValueSpan;
            for (var i = 0; i < _plainCount; i++)
                if (name.SequenceEqual(body.Slice(_plain[i].Start, _plain[i].Length))) return false;
            _plain[_plainCount++] = new ByteRange((int)json.TokenStartIndex + 1, name.Length);
            return true;
        }

        if (_names is null)
        {
            _names = new HashSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < _plainCount; i++) _names.Add(Encoding.UTF8.GetString(body.Slice(_plain[i].Start, _plain[i].Length)));
        }

        return _names.Add(json.GetString()!);
    }

    [InlineArray(PlainCapacity)]
    private struct PlainNames
    {
        private ByteRange _first;
    }
}
