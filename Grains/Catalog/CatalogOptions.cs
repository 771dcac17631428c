using System.ComponentModel.DataAnnotations;

namespace OrleansGateway;

/// <summary>The section <c>Gateway:Catalog</c>: models, aliases and prices. Merged over the catalog that the gateway ships, model by model.</summary>
internal sealed class CatalogOptions
{
    public const string Section = "Gateway:Catalog";

    /// <summary>Models by the id that callers write.</summary>
    public Dictionary<string, ModelOptions> Models { get; init; } = [];

    /// <summary>Further names, each for a model's id.</summary>
    public Dictionary<string, string> Aliases { get; init; } = [];
}

/// <summary>One model of the section <c>Gateway:Catalog</c>.</summary>
internal sealed class ModelOptions
{
    /// <summary>What it does.</summary>
    public ModelKind Kind { get; init; }

    /// <summary>The provider that serves it; the default provider when not set.</summary>
    public string? Provider { get; init; }

    /// <summary>What the provider calls it; its id when not set.</summary>
    public string? UpstreamModel { get; init; }

    /// <summary>Who made it.</summary>
    public string OwnedBy { get; init; } = "";

    /// <summary>Tokens of input and output together.</summary>
    [Range(1, int.MaxValue)]
    public int ContextTokens { get; init; } = 128_000;

    /// <summary>Tokens of one answer.</summary>
    [Range(0, int.MaxValue)]
    public int MaxOutputTokens { get; init; } = 4_096;

    /// <summary>The most one image part counts.</summary>
    [Range(0, int.MaxValue)]
    public int MaxTokensPerImage { get; init; } = 6_000;

    /// <summary>Prices, each from a date on; at least one.</summary>
    [MinLength(1, ErrorMessage = "needs at least one price; a model without a price is never served")]
    public List<PriceOptions> Prices { get; init; } = [];
}

/// <summary>One price of a model, in US dollars per million tokens.</summary>
internal sealed class PriceOptions
{
    /// <summary>From when on; always, when not set.</summary>
    public DateTimeOffset EffectiveFrom { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>The name postings cite; the date when not set.</summary>
    public string? Version { get; init; }

    /// <summary>Per million input tokens.</summary>
    [Range(0, 1_000_000)]
    public decimal Input { get; init; }

    /// <summary>Per million input tokens from the upstream's cache; as other input when not set.</summary>
    [Range(0, 1_000_000)]
    public decimal? CachedInput { get; init; }

    /// <summary>Per million output tokens.</summary>
    [Range(0, 1_000_000)]
    public decimal Output { get; init; }
}
