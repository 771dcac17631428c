using System.Text.Json;

namespace OrleansGateway;

/// <summary>The numbers of a usage object as the upstream wrote them, in either spelling, before anyone has judged them.</summary>
internal struct ReportedUsage
{
    private const long Absent = -1;

    private long _prompt = Absent;
    private long _input = Absent;
    private long _completion = Absent;
    private long _output = Absent;
    private long _total = Absent;
    private long _cached = Absent;
    private long _reasoning = Absent;

    public ReportedUsage() { }

    /// <summary>Whether a number is there that cannot be one: negative, fractional, text, or beyond 2³¹.</summary>
    public bool IsOdd;

    /// <summary>Takes the member whose name the reader stands on, and leaves the reader behind its value.</summary>
    public void ReadMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("prompt_tokens"u8)) ReadNumber(ref reader, ref _prompt);
        else if (reader.ValueTextEquals("completion_tokens"u8)) ReadNumber(ref reader, ref _completion);
        else if (reader.ValueTextEquals("total_tokens"u8)) ReadNumber(ref reader, ref _total);
        else if (reader.ValueTextEquals("input_tokens"u8)) ReadNumber(ref reader, ref _input);
        else if (reader.ValueTextEquals("output_tokens"u8)) ReadNumber(ref reader, ref _output);
        else if (reader.ValueTextEquals("prompt_tokens_details"u8) || reader.ValueTextEquals("input_tokens_details"u8)) ReadDetail(ref reader, "cached_tokens"u8, ref _cached);
        else if (reader.ValueTextEquals("completion_tokens_details"u8) || reader.ValueTextEquals("output_tokens_details"u8)) ReadDetail(ref reader, "reasoning_tokens"u8, ref _reasoning);
        else
        {
            reader.Read();
            reader.Skip();
        }
    }

    /// <summary>The usage, when the numbers can be true.</summary>
    public readonly bool TryJudge(ModelKind kind, out TokenUsage usage)
    {
        var input = _prompt != Absent ? _prompt : _input;
        var output = _completion != Absent ? _completion : _output;
        if (output == Absent) output = kind == ModelKind.Embeddings ? 0 : _total - input;
        usage = new TokenUsage(input, output, Math.Max(_cached, 0), Math.Max(_reasoning, 0));
        return !IsOdd && usage.IsPlausible && (_total == Absent || _total == usage.Total);
    }

    private void ReadNumber(ref Utf8JsonReader reader, ref long number)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return;
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) && value is >= 0 and <= int.MaxValue) number = value;
        else
        {
            IsOdd = true;
            reader.Skip();
        }
    }

    private void ReadDetail(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, ref long number)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(name)) ReadNumber(ref reader, ref number);
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }
}
