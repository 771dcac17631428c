using System.ComponentModel.DataAnnotations;

namespace OrleansGateway;

/// <summary>Prices of a whole request whose prompt is longer than some size.</summary>
internal sealed class PriceTierOptions : RateOptions
{
    /// <summary>The size: prompts of more tokens, cached ones included, have these prices.</summary>
    [Range(1, int.MaxValue)]
    public required int AboveInputTokens { get; init; }
}
