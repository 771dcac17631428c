using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// The numbers of a usage object as the upstream wrote them, in whichever provider's spelling, before anyone has judged them; see
/// <see cref="UsageShapes"/> for what they mean together. A part that is not there is 0.
/// </summary>
internal struct ReportedUsage
{
    public const long Absent = -1;

    // Wholes: chat completions, then Anthropic's and the Responses API's spelling.
    public long Prompt = Absent;
    public long Completion = Absent;
    public long Input = Absent;
    public long Output = Absent;
    public long Total = Absent;

    // Parts, from prompt_tokens_details and completion_tokens_details or their other spelling.
    public long Cached;
    public long Written;
    public long AudioInput;
    public long ImageInput;
    public long Reasoning;
    public long AudioOutput;

    // Anthropic's, written beside the wholes.
    public long CacheRead;
    public long CacheCreation;
    public long ShortWrite;
    public long LongWrite;

    // DeepSeek's, written beside the wholes.
    public long CacheHit;
    public long CacheMiss;

    public ReportedUsage() { }

    /// <summary>What the upstream says that it charges.</summary>
    public Money? Cost;

    /// <summary>Whether a number is there that cannot be one: negative, fractional, text, or beyond 2³¹.</summary>
    public bool IsOdd;

    /// <summary>Takes the member whose name the reader stands on, and leaves the reader behind its value.</summary>
    public void ReadMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("prompt_tokens"u8)) ReadNumber(ref reader, ref Prompt);
        else if (reader.ValueTextEquals("completion_tokens"u8)) ReadNumber(ref reader, ref Completion);
        else if (reader.ValueTextEquals("total_tokens"u8)) ReadNumber(ref reader, ref Total);
        else if (reader.ValueTextEquals("input_tokens"u8)) ReadNumber(ref reader, ref Input);
        else if (reader.ValueTextEquals("output_tokens"u8)) ReadNumber(ref reader, ref Output);
        else if (reader.ValueTextEquals("prompt_tokens_details"u8) || reader.ValueTextEquals("input_tokens_details"u8)) ReadObject(ref reader, Part.Input);
        else if (reader.ValueTextEquals("completion_tokens_details"u8) || reader.ValueTextEquals("output_tokens_details"u8)) ReadObject(ref reader, Part.Output);
        else if (reader.ValueTextEquals("cache_read_input_tokens"u8)) ReadNumber(ref reader, ref CacheRead);
        else if (reader.ValueTextEquals("cache_creation_input_tokens"u8)) ReadNumber(ref reader, ref CacheCreation);
        else if (reader.ValueTextEquals("cache_creation"u8)) ReadObject(ref reader, Part.CacheCreation);
        else if (reader.ValueTextEquals("claude_cache_creation_5_m_tokens"u8)) ReadNumber(ref reader, ref ShortWrite);
        else if (reader.ValueTextEquals("claude_cache_creation_1_h_tokens"u8)) ReadNumber(ref reader, ref LongWrite);
        else if (reader.ValueTextEquals("prompt_cache_hit_tokens"u8)) ReadNumber(ref reader, ref CacheHit);
        else if (reader.ValueTextEquals("prompt_cache_miss_tokens"u8)) ReadNumber(ref reader, ref CacheMiss);
        else if (reader.ValueTextEquals("cost"u8)) ReadCost(ref reader);
        else JsonWalk.SkipValue(ref reader);
    }

    /// <summary>These numbers, and where one is zero or absent what was reported before.</summary>
    public readonly ReportedUsage OrBefore(in ReportedUsage before)
    {
        var merged = this;
        if (Prompt <= 0) merged.Prompt = before.Prompt;
        if (Completion <= 0) merged.Completion = before.Completion;
        if (Input <= 0) merged.Input = before.Input;
        if (Output <= 0) merged.Output = before.Output;
        if (CacheRead == 0) merged.CacheRead = before.CacheRead;
        if (CacheCreation == 0) merged.CacheCreation = before.CacheCreation;
        if (ShortWrite == 0) merged.ShortWrite = before.ShortWrite;
        if (LongWrite == 0) merged.LongWrite = before.LongWrite;
        return merged;
    }

    /// <summary>Takes the amount the reader stands on, if it is one: <c>cost_usd</c>, which counts more than <c>cost</c>, for its unit is certain.</summary>
    public void TakeCost(in Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out var usd) && usd is >= 0 and < 1_000_000_000)
            Cost = new Money((long)decimal.Ceiling(usd * 1_000_000_000m));
    }

    private enum Part
    {
        Input,
        Output,
        CacheCreation,
    }

    private void ReadObject(ref Utf8JsonReader reader, Part of)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            switch (of)
            {
                case Part.Input:
                    ReadInputPart(ref reader);
                    break;
                case Part.Output:
                    ReadOutputPart(ref reader);
                    break;
                default:
                    ReadCacheCreationPart(ref reader);
                    break;
            }
        }
    }

    private void ReadInputPart(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("cached_tokens"u8)) ReadNumber(ref reader, ref Cached);
        else if (reader.ValueTextEquals("cache_write_tokens"u8) || reader.ValueTextEquals("cache_creation_tokens"u8) || reader.ValueTextEquals("cached_creation_tokens"u8))
            ReadNumber(ref reader, ref Written);
        else if (reader.ValueTextEquals("audio_tokens"u8)) ReadNumber(ref reader, ref AudioInput);
        else if (reader.ValueTextEquals("image_tokens"u8)) ReadNumber(ref reader, ref ImageInput);
        else JsonWalk.SkipValue(ref reader);
    }

    private void ReadOutputPart(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("reasoning_tokens"u8)) ReadNumber(ref reader, ref Reasoning);
        else if (reader.ValueTextEquals("audio_tokens"u8)) ReadNumber(ref reader, ref AudioOutput);
        else JsonWalk.SkipValue(ref reader);
    }

    private void ReadCacheCreationPart(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("ephemeral_5m_input_tokens"u8)) ReadNumber(ref reader, ref ShortWrite);
        else if (reader.ValueTextEquals("ephemeral_1h_input_tokens"u8)) ReadNumber(ref reader, ref LongWrite);
        else JsonWalk.SkipValue(ref reader);
    }

    private void ReadNumber(ref Utf8JsonReader reader, ref long number)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return;
        if (reader.TokenType == JsonTokenType.Number && TryGetWhole(ref reader, out var value) && value is >= 0 and <= int.MaxValue) number = value;
        else
        {
            IsOdd = true;
            reader.Skip();
        }
    }

    // Some languages write whole numbers as 10.0.
    private static bool TryGetWhole(ref Utf8JsonReader reader, out long value)
    {
        if (reader.TryGetInt64(out value)) return true;
        if (!reader.TryGetDecimal(out var number) || number != decimal.Truncate(number) || Math.Abs(number) > int.MaxValue) return false;
        value = (long)number;
        return true;
    }

    private void ReadCost(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (Cost is null) TakeCost(reader);
        reader.Skip();
    }
}
