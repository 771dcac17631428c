using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace OrleansGateway;

/// <summary>One price of a model, from an instant on.</summary>
internal sealed class PriceOptions : RateOptions
{
    /// <summary>From when on; always, when not set.</summary>
    public DateTimeOffset EffectiveFrom { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>The name postings cite; the date, or the instant, when not set.</summary>
    public string? Version { get; init; }

    /// <summary>Other prices for long prompts, the shortest first.</summary>
    public List<PriceTierOptions> Tiers { get; init; } = [];

    /// <summary>The name postings cite.</summary>
    public string VersionInForce => Version ?? EffectiveFrom.UtcDateTime.ToString(
        EffectiveFrom.UtcDateTime.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    public override IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var fault in base.Validate(validationContext)) yield return fault;
        for (var i = 1; i < Tiers.Count; i++)
            if (Tiers[i].AboveInputTokens <= Tiers[i - 1].AboveInputTokens)
                yield return new ValidationResult("must be above that of the tier before it", [$"{nameof(Tiers)}:{i}:{nameof(PriceTierOptions.AboveInputTokens)}"]);
    }
}
