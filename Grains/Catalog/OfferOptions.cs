using System.ComponentModel.DataAnnotations;

namespace OrleansGateway;

/// <summary>How one provider serves a model, where that differs from what the model and the provider say.</summary>
internal sealed class OfferOptions
{
    /// <summary>Of offers, and of whole providers.</summary>
    public const int MostPriority = 1_000;

    /// <summary>Of offers, of whole providers and of their keys.</summary>
    public const int MostWeight = 1_000_000;

    /// <summary>What the provider calls it.</summary>
    public string? UpstreamModel { get; init; }

    /// <summary>In place of the provider's: the lower ones are tried first.</summary>
    [Range(0, MostPriority)]
    public int? Priority { get; init; }

    /// <summary>In place of the provider's: its share among offers of the same priority, 0 only when the others fail.</summary>
    [Range(0, MostWeight)]
    public int? Weight { get; init; }

    /// <summary>What it costs here; as the model does when empty.</summary>
    public List<PriceOptions> Prices { get; init; } = [];
}
