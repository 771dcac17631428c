using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>
/// Prices of one model from an instant on, in US dollars per million tokens. A call is charged by the card in force when its money was held, however
/// late it ends. A kind of token without a price of its own costs what other input, or output, does.
/// </summary>
[GenerateSerializer, Immutable, Alias("price-card")]
public sealed record PriceCard
{
    private const long Million = 1_000_000;

    /// <summary>The name under which postings cite this card: the date it starts, unless the operator named it.</summary>
    [Id(0)] public required string Version { get; init; }

    /// <summary>From when on it applies.</summary>
    [Id(1)] public required DateTimeOffset EffectiveFrom { get; init; }

    /// <summary>Per million input tokens.</summary>
    [Id(2)] public required Money InputUsdPerMillion { get; init; }

    /// <summary>Per million output tokens; reasoning tokens are output.</summary>
    [Id(3)] public required Money OutputUsdPerMillion { get; init; }

    /// <summary>Per million input tokens served from the upstream's cache; null prices them as other input.</summary>
    [Id(4)] public Money? CachedInputUsdPerMillion { get; init; }

    /// <summary>Per million input tokens put into the upstream's cache; null prices them as other input.</summary>
    [Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Money? CacheWriteUsdPerMillion { get; init; }

    /// <summary>Per million input tokens put into the upstream's cache for an hour; null prices them as other cache writes.</summary>
    [Id(6), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Money? LongCacheWriteUsdPerMillion { get; init; }

    /// <summary>Per million input tokens of sound; null prices them as other input.</summary>
    [Id(7), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Money? AudioInputUsdPerMillion { get; init; }

    /// <summary>Per million input tokens of pictures; null prices them as other input.</summary>
    [Id(8), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Money? ImageInputUsdPerMillion { get; init; }

    /// <summary>Per million output tokens of sound; null prices them as other output.</summary>
    [Id(9), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Money? AudioOutputUsdPerMillion { get; init; }

    /// <summary>Other prices for long prompts, the longest last; default when there are none.</summary>
    [Id(10), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public ImmutableArray<PriceTier> Tiers { get; init; }

    private int TierCount => Tiers.IsDefault ? 0 : Tiers.Length;

    /// <summary>
    /// What a usage costs: each kind of token times its price, summed exactly, then rounded up once to a whole nano-dollar.
    /// </summary>
    public Money CostOf(TokenUsage usage)
    {
        var tier = 0;
        while (tier < TierCount && usage.Input > Tiers[tier].AboveInputTokens) tier++;
        return RoundUp(Rates(tier).CostOf(usage));
    }

    /// <summary>
    /// The most that a request of at most so many tokens can cost, whatever kinds of token they are and whichever tier they reach: no usage within
    /// these bounds has a higher <see cref="CostOf"/>.
    /// </summary>
    public Money WorstCase(long inputTokens, long outputTokens)
    {
        var worst = Int128.Zero;
        for (var tier = 0; Reaches(tier, inputTokens); tier++)
        {
            var rates = Rates(tier);
            var cost = ((Int128)MostInput(tier, inputTokens) * rates.DearestInput) + ((Int128)outputTokens * rates.DearestOutput);
            if (cost > worst) worst = cost;
        }
        return RoundUp(worst);
    }

    /// <summary>The most output tokens for which <see cref="WorstCase"/> stays within an amount; negative when it does not cover the input.</summary>
    public long AffordableOutput(Money amount, long inputTokens)
    {
        var most = (Int128)long.MaxValue;
        for (var tier = 0; Reaches(tier, inputTokens); tier++)
        {
            var rates = Rates(tier);
            var left = ((Int128)amount.NanoDollars * Million) - ((Int128)MostInput(tier, inputTokens) * rates.DearestInput);
            if (left < 0) return -1;
            if (rates.DearestOutput > 0) most = Int128.Min(most, left / rates.DearestOutput);
        }
        return (long)most;
    }

    /// <summary>Whether a prompt of at most so many tokens can be priced by a tier; tier 0 is the card itself.</summary>
    private bool Reaches(int tier, long inputTokens) => tier == 0 || (tier <= TierCount && inputTokens > Tiers[tier - 1].AboveInputTokens);

    private long MostInput(int tier, long inputTokens) => tier < TierCount ? Math.Min(inputTokens, Tiers[tier].AboveInputTokens) : inputTokens;

    private TokenRates Rates(int tier) => tier == 0 ? new TokenRates(this) : new TokenRates(Tiers[tier - 1]);

    private static Money RoundUp(Int128 nanoMillionths) => new(checked((long)((nanoMillionths + (Million - 1)) / Million)));
}
