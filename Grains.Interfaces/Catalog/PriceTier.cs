using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>
/// Prices of long prompts. The prompt's whole size, cached tokens included, chooses the tier, and the tier prices the whole request, output
/// included. A price that a tier does not name is not the card's: it falls back within the tier.
/// </summary>
[GenerateSerializer, Immutable, Alias("price-tier")]
public sealed record PriceTier
{
    /// <summary>It applies to prompts of more tokens than this.</summary>
    [Id(0)] public required long AboveInputTokens { get; init; }

    /// <summary>Per million input tokens.</summary>
    [Id(1)] public required Money InputUsdPerMillion { get; init; }

    /// <summary>Per million output tokens.</summary>
    [Id(2)] public required Money OutputUsdPerMillion { get; init; }

    /// <summary>As <see cref="PriceCard.CachedInputUsdPerMillion"/>.</summary>
    [Id(3)] public Money? CachedInputUsdPerMillion { get; init; }

    /// <summary>As <see cref="PriceCard.CacheWriteUsdPerMillion"/>.</summary>
    [Id(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Money? CacheWriteUsdPerMillion { get; init; }

    /// <summary>As <see cref="PriceCard.LongCacheWriteUsdPerMillion"/>.</summary>
    [Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Money? LongCacheWriteUsdPerMillion { get; init; }

    /// <summary>As <see cref="PriceCard.AudioInputUsdPerMillion"/>.</summary>
    [Id(6), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Money? AudioInputUsdPerMillion { get; init; }

    /// <summary>As <see cref="PriceCard.ImageInputUsdPerMillion"/>.</summary>
    [Id(7), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Money? ImageInputUsdPerMillion { get; init; }

    /// <summary>As <see cref="PriceCard.AudioOutputUsdPerMillion"/>.</summary>
    [Id(8), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Money? AudioOutputUsdPerMillion { get; init; }
}
