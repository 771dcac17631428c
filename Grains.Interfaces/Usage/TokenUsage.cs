using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>
/// Tokens of one attempt, as OpenAI counts them: every kind is a part of <see cref="Input"/> or <see cref="Output"/>, never added on top. Input is split
/// twice: by what the upstream's cache did (<see cref="CachedInput"/>, <see cref="CacheWrite"/>, the rest), and by what was read (<see cref="AudioInput"/>,
/// <see cref="ImageInput"/>, text). In JSON a kind of which there was nothing is left out.
/// </summary>
/// <param name="Input">Tokens read, cached ones included.</param>
/// <param name="Output">Tokens written, reasoning included, all choices together.</param>
/// <param name="CachedInput">Of the input, tokens served from the upstream's prompt cache.</param>
/// <param name="Reasoning">Of the output, tokens the caller never sees.</param>
/// <param name="CacheWrite">Of the input, tokens put into the upstream's prompt cache, however long they stay there.</param>
/// <param name="LongCacheWrite">Of the cache writes, those kept for an hour instead of minutes.</param>
/// <param name="AudioInput">Of the input, sound.</param>
/// <param name="ImageInput">Of the input, pictures.</param>
/// <param name="AudioOutput">Of the output, sound.</param>
[GenerateSerializer, Immutable, Alias("token-usage")]
public readonly record struct TokenUsage(
    [property: Id(0)] long Input,
    [property: Id(1)] long Output,
    [property: Id(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long CachedInput = 0,
    [property: Id(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Reasoning = 0,
    [property: Id(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long CacheWrite = 0,
    [property: Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long LongCacheWrite = 0,
    [property: Id(6), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long AudioInput = 0,
    [property: Id(7), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long ImageInput = 0,
    [property: Id(8), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long AudioOutput = 0)
{
    /// <summary>The tokens that text of so many bytes usually has; only its bytes bound them.</summary>
    public static long LikelyOf(long bytes) => (bytes + 3) / 4;

    /// <summary>Input and output together.</summary>
    [JsonIgnore]
    public long Total => Input + Output;

    /// <summary>Whether the numbers can be true: none negative, none above 2³¹, parts no larger than their whole.</summary>
    [JsonIgnore]
    public bool IsPlausible =>
        Input is >= 0 and <= int.MaxValue && Output is >= 0 and <= int.MaxValue
        && CachedInput >= 0 && CacheWrite >= 0 && CachedInput + CacheWrite <= Input
        && LongCacheWrite >= 0 && LongCacheWrite <= CacheWrite
        && AudioInput >= 0 && ImageInput >= 0 && AudioInput + ImageInput <= Input
        && Reasoning >= 0 && Reasoning <= Output
        && AudioOutput >= 0 && AudioOutput <= Output;
}
