namespace OrleansGateway;

/// <summary>
/// Tokens of one attempt, as OpenAI counts them: <see cref="CachedInput"/> is a part of <see cref="Input"/> and
/// <see cref="Reasoning"/> a part of <see cref="Output"/>; neither is added on top.
/// </summary>
/// <param name="Input">Tokens read, cached ones included.</param>
/// <param name="Output">Tokens written, reasoning included, all choices together.</param>
/// <param name="CachedInput">Of the input, tokens served from the upstream's prompt cache.</param>
/// <param name="Reasoning">Of the output, tokens the caller never sees.</param>
[GenerateSerializer, Immutable, Alias("token-usage")]
public readonly record struct TokenUsage(
    [property: Id(0)] long Input,
    [property: Id(1)] long Output,
    [property: Id(2)] long CachedInput = 0,
    [property: Id(3)] long Reasoning = 0)
{
    /// <summary>Input and output together.</summary>
    public long Total => Input + Output;

    /// <summary>Whether the numbers can be true: none negative, none above 2³¹, parts no larger than their whole.</summary>
    public bool IsPlausible =>
        Input is >= 0 and <= int.MaxValue && Output is >= 0 and <= int.MaxValue
        && CachedInput >= 0 && CachedInput <= Input && Reasoning >= 0 && Reasoning <= Output;
}
