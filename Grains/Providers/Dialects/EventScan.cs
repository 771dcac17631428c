using System.Text.Json;
using System.Text.Unicode;

namespace OrleansGateway;

/// <summary>What the gateway must know of an event that names its own type, as those of responses and messages do; one pass that also proves it JSON.</summary>
internal struct EventScan : IMemberScan
{
    /// <summary>Where it says what it is; empty when it does not.</summary>
    public ByteRange Type;

    /// <summary>The usage it was given, with the numbers that this event reports in place of older ones.</summary>
    public ReportedUsage Usage;

    /// <summary>Whether it reports usage.</summary>
    public bool HasUsage;

    /// <summary>Whether it has an error that is neither null nor empty.</summary>
    public bool HasError;

    /// <summary>Bytes of text that it adds to the answer.</summary>
    public int DeltaBytes;

    /// <summary>Bytes of a part that it brings whole.</summary>
    public int PartBytes;

    /// <summary>Scans an event's data; false for what is no object, or no UTF-8.</summary>
    public static bool TryScan(ReadOnlySpan<byte> data, in ReportedUsage? before, out EventScan scan)
    {
        scan = new EventScan { Usage = before ?? new ReportedUsage() };
        return Utf8.IsValid(data) && JsonWalk.TryScan(data, ref scan);
    }

    /// <inheritdoc/>
    public void Member(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("type"u8)) ReadType(ref reader);
        else if (reader.ValueTextEquals("delta"u8)) ReadDelta(ref reader);
        else if (reader.ValueTextEquals("usage"u8)) ReadUsage(ref reader);
        else if (reader.ValueTextEquals("response"u8) || reader.ValueTextEquals("message"u8)) ReadAnswer(ref reader);
        else if (reader.ValueTextEquals("item"u8)) PartBytes += JsonWalk.SkipValue(ref reader).Length;
        else if (reader.ValueTextEquals("content_block"u8)) ReadBlock(ref reader);
        else if (reader.ValueTextEquals("error"u8)) HasError = JsonWalk.SkipValue(ref reader).Length > 2 && reader.TokenType is JsonTokenType.EndObject or JsonTokenType.String;
        else JsonWalk.SkipValue(ref reader);
    }

    private void ReadType(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped) Type = new ByteRange((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        reader.Skip();
    }

    /// <summary>The answer as it stands, of which only the usage is new.</summary>
    private void ReadAnswer(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("usage"u8)) ReadUsage(ref reader);
            else JsonWalk.SkipValue(ref reader);
        }
    }

    private void ReadUsage(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return;
        HasUsage = true;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Usage.IsOdd = true;
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("cost_usd"u8))
            {
                Usage.ReadMember(ref reader);
                continue;
            }
            reader.Read();
            Usage.TakeCost(reader);
            reader.Skip();
        }
    }

    /// <summary>A text, or an object of some.</summary>
    private void ReadDelta(ref Utf8JsonReader reader)
    {
        reader.Read();
        var depth = reader.CurrentDepth;
        while (true)
        {
            if (reader.TokenType == JsonTokenType.String) DeltaBytes += reader.ValueSpan.Length;
            if (reader.CurrentDepth == depth && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return;
            if (!reader.Read()) return;
        }
    }

    /// <summary>A block of a message that begins. Text and thoughts begin empty as a rule: such a block brings nothing yet.</summary>
    private void ReadBlock(ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = reader.TokenStartIndex;
        var (isText, hasContent) = (false, reader.TokenType != JsonTokenType.StartObject);
        if (hasContent) reader.Skip();
        else
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.ValueTextEquals("type"u8);
                reader.Read();
                if (isType) isText = reader.TokenType == JsonTokenType.String && (reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("thinking"u8));
                else hasContent |= reader.TokenType != JsonTokenType.Null && !(reader.TokenType == JsonTokenType.String && reader.ValueSpan.IsEmpty);
                reader.Skip();
            }
        }

        if (!isText || hasContent) PartBytes += (int)(reader.BytesConsumed - start);
    }
}
