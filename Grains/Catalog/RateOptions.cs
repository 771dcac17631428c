using System.ComponentModel.DataAnnotations;

namespace OrleansGateway;

/// <summary>Prices in US dollars per million tokens. A kind without one costs what other input, or output, does.</summary>
internal abstract class RateOptions : IValidatableObject
{
    /// <summary>The dearest that anything may be.</summary>
    public const decimal Most = 100_000;

    /// <summary>Per million input tokens.</summary>
    public required decimal Input { get; init; }

    /// <summary>Per million input tokens from the upstream's cache.</summary>
    public decimal? CachedInput { get; init; }

    /// <summary>Per million input tokens put into the upstream's cache.</summary>
    public decimal? CacheWrite { get; init; }

    /// <summary>Per million input tokens put into the upstream's cache for an hour; as other cache writes when not set.</summary>
    public decimal? LongCacheWrite { get; init; }

    /// <summary>Per million input tokens of sound.</summary>
    public decimal? AudioInput { get; init; }

    /// <summary>Per million input tokens of pictures.</summary>
    public decimal? ImageInput { get; init; }

    /// <summary>Per million output tokens; needed for chat.</summary>
    public decimal? Output { get; init; }

    /// <summary>Per million output tokens of sound.</summary>
    public decimal? AudioOutput { get; init; }

    public virtual IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        (string Name, decimal? Price)[] prices =
        [
            (nameof(Input), Input), (nameof(CachedInput), CachedInput), (nameof(CacheWrite), CacheWrite), (nameof(LongCacheWrite), LongCacheWrite),
            (nameof(AudioInput), AudioInput), (nameof(ImageInput), ImageInput), (nameof(Output), Output), (nameof(AudioOutput), AudioOutput),
        ];
        foreach (var (name, price) in prices)
        {
            if (price is < 0 or > Most) yield return new ValidationResult($"is {price}, but must be between 0 and {Most} US dollars per million tokens", [name]);
            else if (price is { } told && decimal.Round(told, 9) != told) yield return new ValidationResult("must have at most nine decimals", [name]);
        }
    }
}
