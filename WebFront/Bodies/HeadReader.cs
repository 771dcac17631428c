using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace OrleansGateway;

/// <summary>
/// Walks once over the fields of a body that must be one JSON object. Reads the few it is asked for and skips the rest; stops at the
/// first fault. Malformed JSON throws <see cref="JsonException"/>, and a lone surrogate <see cref="InvalidOperationException"/>: see
/// <see cref="IsMalformed"/>.
/// </summary>
internal ref struct HeadReader(ReadOnlySpan<byte> body)
{
    /// <summary>How deep a body may nest.</summary>
    public const int MaxDepth = 32;

    private const int MaxFields = 256;

    private readonly ReadOnlySpan<byte> _body = body;
    private Utf8JsonReader _json = new(body, new JsonReaderOptions { MaxDepth = MaxDepth });
    private SeenNames _names;

    /// <summary>What is wrong with the body.</summary>
    public GatewayError? Fault { get; private set; }

    /// <summary>The reader itself, for a field with an inside worth reading; it must be left at the field's last token.</summary>
    [UnscopedRef]
    public ref Utf8JsonReader Json => ref _json;

    /// <summary>Reads one kind of request in one pass: its head, or null with the fault.</summary>
    public static RequestHead? Read<TFields>(TFields kind, ReadOnlyMemory<byte> body, out GatewayError? fault)
        where TFields : struct, IRequestFields
    {
        try
        {
            var fields = new HeadReader(body.Span);
            if (fields.Open())
            {
                while (fields.Next()) kind.ReadField(ref fields);
                if (fields.Fault is null) kind.Require(ref fields);
                if (fields.Fault is null && NestedNames.FirstTwice(body.Span) is { } twice) fields.Refuse(GivenTwice(twice));
            }

            fault = fields.Fault;
            return fault is null ? kind.Head(body) : null;
        }
        catch (Exception e) when (IsMalformed(e) is { } malformed)
        {
            fault = malformed;
            return null;
        }
    }

    /// <summary>Enters the object.</summary>
    public bool Open()
    {
        if (!Utf8.IsValid(_body)) return Refuse(GatewayError.InvalidJson("The request body is not valid UTF-8."));
        if (_json.Read() && _json.TokenType == JsonTokenType.StartObject) return true;
        return Refuse(GatewayError.InvalidJson("The request body must be a JSON object."));
    }

    /// <summary>Goes to the next field's name; false at the end, and after a fault.</summary>
    public bool Next()
    {
        if (Fault is not null) return false;
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndObject)
        {
            _json.Read(); // throws if anything follows
            return false;
        }

        if (_names.Count == MaxFields) return Refuse(GatewayError.InvalidJson("The request body has too many fields."));
        return _names.Add(_body, ref _json) || Refuse(GivenTwice(_json.GetString()!));
    }

    private static GatewayError GivenTwice(string name) => GatewayError.InvalidValue(name, $"The field '{name}' is given twice. Give it once.");

    /// <summary>Whether it is the field of that name. One that only some upstreams would take for it is a fault: what it says would take effect and not be counted.</summary>
    public bool Is(ReadOnlySpan<byte> name)
    {
        if (_json.ValueTextEquals(name)) return true;
        return LaxNames.IsLike(_json, name)
            && Refuse(GatewayError.InvalidValue(
                Name(),
                $"The field '{Name()}' must be written '{Encoding.UTF8.GetString(name)}', or an upstream may take it for that while it counts as none here."));
    }

    public readonly string Name() => _json.GetString()!;

    public void Skip() => _json.Skip();

    /// <summary>Where the value just read stands.</summary>
    public readonly ByteRange Range(long start) => new((int)start, (int)(_json.BytesConsumed - start));

    /// <summary>Whether the array that was entered at a position and has been skipped had nothing in it.</summary>
    public readonly bool IsBlank(long start) => _body[(int)start..(int)(_json.BytesConsumed - 1)].Trim(" \t\r\n"u8).IsEmpty;

    /// <summary>Goes to the field's value.</summary>
    public JsonTokenType Value()
    {
        _json.Read();
        return _json.TokenType;
    }

    /// <summary>A text of bounded length, or null.</summary>
    public string? Text(string name, int maxLength, out ByteRange range)
    {
        var type = Value();
        range = Range(_json.TokenStartIndex);
        if (type == JsonTokenType.Null) return null;
        if (type != JsonTokenType.String)
        {
            Wrong(name, "must be a string");
            return null;
        }

        // An escape takes at most six bytes for a character.
        var text = range.Length <= (6 * maxLength) + 2 ? _json.GetString() : null;
        if (text is null || text.Length > maxLength) Wrong(name, $"must have at most {maxLength} characters");
        return text;
    }

    /// <summary>A whole number within bounds, or null.</summary>
    public int? Whole(string name, int min, int max, out ByteRange nullRange)
    {
        nullRange = default;
        var type = Value();
        if (type == JsonTokenType.Null)
        {
            nullRange = Range(_json.TokenStartIndex);
            return null;
        }

        if (type == JsonTokenType.Number && _json.TryGetInt32(out var number) && number >= min && number <= max) return number;
        Wrong(name, $"must be a whole number from {min} to {max}");
        return null;
    }

    /// <summary>True, false or null.</summary>
    public bool? Flag(string name)
    {
        switch (Value())
        {
            case JsonTokenType.True: return true;
            case JsonTokenType.False: return false;
            case JsonTokenType.Null: return null;
            default:
                Wrong(name, "must be true or false");
                return null;
        }
    }

    /// <summary>Notes that a field is wrong.</summary>
    public bool Wrong(string name, string what) => Refuse(GatewayError.InvalidValue(name, $"'{name}' {what}."));

    public bool Refuse(GatewayError fault)
    {
        Fault ??= fault;
        return false;
    }

    /// <summary>The fault behind an exception that malformed JSON caused; null for any other.</summary>
    public static GatewayError? IsMalformed(Exception exception) => exception switch
    {
        JsonException json => GatewayError.InvalidJson(
            $"The request body is not valid JSON near line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1}, or nests deeper than {MaxDepth}."),
        InvalidOperationException => GatewayError.InvalidJson("The request body has a text that is not valid Unicode."),
        _ => null,
    };
}
