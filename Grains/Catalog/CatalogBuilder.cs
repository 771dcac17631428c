using System.Collections.Immutable;
using System.Globalization;

namespace OrleansGateway;

/// <summary>Makes the catalog in force from what the gateway ships and what the operator set.</summary>
internal static class CatalogBuilder
{
    private static readonly DateTimeOffset ShippedPricesFrom = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The catalog, with every model that names no provider served by the one that lists it, or else by the default.</summary>
    public static ModelCatalog Build(CatalogOptions options, IReadOnlyDictionary<string, IReadOnlyCollection<string>> modelsByProvider, string defaultProvider)
    {
        var models = Shipped().ToDictionary(m => m.Key, m => m.Value, StringComparer.Ordinal);
        foreach (var (id, model) in options.Models) models[id] = model;
        return new ModelCatalog
        {
            Version = "configuration",
            Models = models.ToImmutableDictionary(m => m.Key, m => ToModel(m.Key, m.Value, m.Value.Provider ?? ProviderOf(m.Key)), StringComparer.Ordinal),
            Aliases = options.Aliases.ToImmutableDictionary(StringComparer.Ordinal),
        };

        string ProviderOf(string modelId) =>
            modelsByProvider.Where(p => p.Value.Contains(modelId)).Select(p => p.Key).FirstOrDefault() ?? defaultProvider;
    }

    private static Dictionary<string, ModelOptions> Shipped() => new()
    {
        ["gpt-4.1"] = Chat("openai", 1_047_576, 32_768, 2.00m, 8.00m, 0.50m),
        ["claude-sonnet-4.5"] = Chat("anthropic", 200_000, 64_000, 3.00m, 15.00m, 0.30m),
        ["gemini-2.5-flash"] = Chat("google", 1_048_576, 65_536, 0.35m, 2.50m, null),
        ["deepseek-v3.2"] = Chat("deepseek", 128_000, 8_192, 0.08m, 0.42m, null),
        ["text-embedding-3-small"] = new()
        {
            Kind = ModelKind.Embeddings,
            OwnedBy = "openai",
            // Per input of a batch the model reads 8,191 tokens; a request may have 300,000.
            ContextTokens = 300_000,
            MaxOutputTokens = 0,
            Prices = [new PriceOptions { EffectiveFrom = ShippedPricesFrom, Input = 0.02m }],
        },
    };

    private static ModelOptions Chat(string ownedBy, int context, int maxOutput, decimal input, decimal output, decimal? cachedInput) => new()
    {
        OwnedBy = ownedBy,
        ContextTokens = context,
        MaxOutputTokens = maxOutput,
        Prices = [new PriceOptions { EffectiveFrom = ShippedPricesFrom, Input = input, CachedInput = cachedInput, Output = output }],
    };

    private static CatalogModel ToModel(string id, ModelOptions options, string provider) => new()
    {
        Id = id,
        Kind = options.Kind,
        Provider = provider,
        UpstreamModel = options.UpstreamModel ?? id,
        OwnedBy = options.OwnedBy,
        ContextTokens = options.ContextTokens,
        MaxOutputTokens = options.MaxOutputTokens,
        MaxTokensPerImage = options.MaxTokensPerImage,
        Prices = [.. options.Prices.OrderBy(p => p.EffectiveFrom).Select(ToCard)],
    };

    private static PriceCard ToCard(PriceOptions price) => new()
    {
        Version = price.Version ?? price.EffectiveFrom.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        EffectiveFrom = price.EffectiveFrom,
        InputUsdPerMillion = Money.FromUsd(price.Input),
        CachedInputUsdPerMillion = price.CachedInput is { } cached ? Money.FromUsd(cached) : null,
        OutputUsdPerMillion = Money.FromUsd(price.Output),
    };
}
