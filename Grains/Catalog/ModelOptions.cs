using System.ComponentModel.DataAnnotations;

namespace OrleansGateway;

/// <summary>One model of the section <c>Gateway:Catalog</c>.</summary>
internal sealed class ModelOptions : IValidatableObject
{
    /// <summary>What it does.</summary>
    public ModelKind Kind { get; init; }

    /// <summary>By provider what differs there, or that it serves the model at all; providers also list models themselves.</summary>
    public Dictionary<string, OfferOptions> Offers { get; init; } = [];

    /// <summary>What providers call it; its id when not set.</summary>
    public string? UpstreamModel { get; init; }

    /// <summary>Who made it.</summary>
    public string OwnedBy { get; init; } = "";

    // The bounds keep the worst case of any request far within what an amount can hold.

    /// <summary>Tokens of input and output together.</summary>
    [Range(1, 100_000_000)]
    public int ContextTokens { get; init; } = 128_000;

    /// <summary>Tokens of one answer.</summary>
    [Range(0, 10_000_000)]
    public int MaxOutputTokens { get; init; } = 4_096;

    /// <summary>The most one image part counts.</summary>
    [Range(0, int.MaxValue)]
    public int MaxTokensPerImage { get; init; } = 6_000;

    /// <summary>
    /// Whether it may think in tokens that do not show in its answer. A call that ends without a usage is then charged its whole output
    /// limit, for nobody can count what was not shown.
    /// </summary>
    public bool Reasoning { get; init; }

    /// <summary>How much <c>auto</c> trusts it with.</summary>
    public ModelTier Tier { get; init; } = ModelTier.Standard;

    /// <summary>What it can do beside reading and writing text; <c>auto</c> asks.</summary>
    public List<ModelCapability> Capabilities { get; init; } = [];

    /// <summary>Prices, each from an instant on; at least one.</summary>
    [MinLength(1, ErrorMessage = "needs at least one price; a model without a price is never served")]
    public List<PriceOptions> Prices { get; init; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Kind == ModelKind.Embeddings && Reasoning) yield return new ValidationResult("embeddings have no output to reason in", [nameof(Reasoning)]);
        foreach (var (path, prices) in PriceLists())
            for (var i = 0; i < prices.Count; i++)
                foreach (var fault in FaultsOf(prices, i)) yield return new ValidationResult(fault, [$"{path}:{i}"]);
    }

    private IEnumerable<(string Path, List<PriceOptions> Prices)> PriceLists() =>
        [(nameof(Prices), Prices), .. Offers.Select(offer => ($"{nameof(Offers)}:{offer.Key}:{nameof(OfferOptions.Prices)}", offer.Value.Prices))];

    private IEnumerable<string> FaultsOf(List<PriceOptions> prices, int index)
    {
        var price = prices[index];
        if (prices.Take(index).Any(other => other.EffectiveFrom == price.EffectiveFrom)) yield return "another price has the same EffectiveFrom";
        else if (prices.Take(index).Any(other => other.VersionInForce == price.VersionInForce)) yield return $"another price has the Version '{price.VersionInForce}' too";
        foreach (var fault in OutputFaults(price)) yield return fault;
        for (var i = 0; i < price.Tiers.Count; i++)
        {
            if (price.Tiers[i].AboveInputTokens >= ContextTokens) yield return $"Tiers:{i}: no prompt is longer than ContextTokens, {ContextTokens}";
            foreach (var fault in OutputFaults(price.Tiers[i])) yield return $"Tiers:{i}: {fault}";
        }
    }

    private IEnumerable<string> OutputFaults(RateOptions rates)
    {
        if (Kind == ModelKind.Chat && rates.Output is null) yield return "Output is missing; give 0 for what is really free";
        if (Kind == ModelKind.Embeddings && (rates.Output ?? rates.AudioOutput) is not null) yield return "embeddings have no output to price";
    }
}
