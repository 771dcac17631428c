using System.Text.Json;

namespace OrleansGateway;

/// <summary>What the gateway must know of an answer or a chunk, found in one pass that also proves it complete JSON.</summary>
internal struct AnswerScan : IMemberScan
{
    private UpstreamApi _api;

    /// <summary>The usage it reports, if it has one.</summary>
    public ReportedUsage? Usage;

    /// <summary>Whether it has an error that is neither null nor empty.</summary>
    public bool HasError;

    /// <summary>Whether it has a list of what was asked for at all: choices, embeddings, output, content.</summary>
    public bool IsAnswer;

    /// <summary>Whether that list has anything in it.</summary>
    public bool HasContent;

    /// <summary>How much it has in it; when a name comes twice, the most that stands under one.</summary>
    public int ContentCount;

    /// <summary>Bytes that the list takes up: no fewer than the tokens in it.</summary>
    public int ContentBytes;

    /// <summary>Where the usage object's closing brace stands.</summary>
    public int UsageEnd;

    /// <summary>Whether the usage object has members.</summary>
    public bool UsageHasMembers;

    /// <summary>Where the upstream's own <c>usage.cost_usd</c> stands, if it gives one.</summary>
    public ByteRange Cost;

    /// <summary>Scans an object; false for anything else and for broken JSON.</summary>
    public static bool TryScan(ReadOnlySpan<byte> json, out AnswerScan scan, UpstreamApi api = UpstreamApi.Chat)
    {
        scan = new AnswerScan { _api = api };
        return JsonWalk.TryScan(json, ref scan);
    }

    /// <inheritdoc/>
    public void Member(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("usage"u8)) ReadUsage(ref reader);
        else if (IsContent(reader, _api)) ReadContent(ref reader);
        else if (reader.ValueTextEquals("error"u8)) ReadError(ref reader);
        else if (reader.ValueTextEquals("response"u8)) ReadResponse(ref reader);
        else JsonWalk.SkipValue(ref reader);
    }

    private static bool IsContent(in Utf8JsonReader name, UpstreamApi api) => api switch
    {
        UpstreamApi.Responses => name.ValueTextEquals("output"u8),
        UpstreamApi.Messages => name.ValueTextEquals("content"u8),
        _ => name.ValueTextEquals("choices"u8) || name.ValueTextEquals("data"u8),
    };

    private void ReadUsage(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return;
        var usage = new ReportedUsage();
        Cost = default;
        UsageHasMembers = false;
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                UsageHasMembers = true;
                if (!reader.ValueTextEquals("cost_usd"u8))
                {
                    usage.ReadMember(ref reader);
                    continue;
                }
                Cost = JsonWalk.SkipValue(ref reader);
                usage.TakeCost(reader);
            }
            UsageEnd = (int)reader.TokenStartIndex;
        }
        else
        {
            UsageEnd = 0;
            usage.IsOdd = true;
            reader.Skip();
        }
        Usage = usage;
    }

    /// <summary>The last event of OpenAI's responses, which a relay may send in a chat: its usage is within.</summary>
    private void ReadResponse(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("usage"u8)) JsonWalk.SkipValue(ref reader);
            else ReadUsage(ref reader);
        }
        UsageEnd = 0; // no place for a cost: it is not the caller's usage
        HasContent |= Usage is not null;
    }

    private void ReadContent(ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = reader.TokenStartIndex;
        IsAnswer = reader.TokenType == JsonTokenType.StartArray;
        var count = 0;
        if (!IsAnswer) reader.Skip();
        else
            for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++) reader.Skip();
        HasContent = count > 0;
        ContentCount = Math.Max(ContentCount, count);
        ContentBytes = (int)(reader.BytesConsumed - start);
    }

    private void ReadError(ref Utf8JsonReader reader)
    {
        var range = JsonWalk.SkipValue(ref reader);
        HasError = reader.TokenType is JsonTokenType.EndObject or JsonTokenType.String && range.Length > 2;
    }
}
