using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Makes the catalog in force from what the gateway ships and what the operator set.</summary>
internal static class CatalogBuilder
{
    /// <summary>The catalog, with every model that names no provider served by the one that lists it, or else by the default.</summary>
    /// <param name="options">What the operator set.</param>
    /// <param name="modelsByProvider">The models that each provider lists.</param>
    /// <param name="defaultProvider">Who serves the others.</param>
    /// <param name="apisOf">The APIs that a provider offers; those of every OpenAI-compatible upstream when not given.</param>
    public static ModelCatalog Build(
        CatalogOptions options, IReadOnlyDictionary<string, IReadOnlyCollection<string>> modelsByProvider, string defaultProvider, Func<string, IEnumerable<UpstreamApi>>? apisOf = null)
    {
        var models = ShippedModels.All();
        foreach (var (id, model) in options.Models) models[id] = model;
        return new ModelCatalog
        {
            Version = "configuration",
            Models = models.ToImmutableDictionary(m => m.Key, m => Offered(ToModel(m.Key, m.Value, m.Value.Provider ?? ProviderOf(m.Key))), StringComparer.Ordinal),
            Aliases = options.Aliases.ToImmutableDictionary(StringComparer.Ordinal),
        };

        CatalogModel Offered(CatalogModel model) => apisOf is null ? model : model with { Apis = [.. apisOf(model.Provider).Where(api => api.Kind() == model.Kind).Distinct().Order()] };

        string ProviderOf(string modelId) =>
            modelsByProvider.Where(p => p.Value.Contains(modelId)).Select(p => p.Key).FirstOrDefault() ?? defaultProvider;
    }

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
        Reasoning = options.Reasoning,
        Prices = [.. options.Prices.OrderBy(p => p.EffectiveFrom).Select(ToCard)],
    };

    private static PriceCard ToCard(PriceOptions price) => new()
    {
        Version = price.VersionInForce,
        EffectiveFrom = price.EffectiveFrom,
        InputUsdPerMillion = Money.FromUsd(price.Input),
        CachedInputUsdPerMillion = Optional(price.CachedInput),
        CacheWriteUsdPerMillion = Optional(price.CacheWrite),
        LongCacheWriteUsdPerMillion = Optional(price.LongCacheWrite),
        AudioInputUsdPerMillion = Optional(price.AudioInput),
        ImageInputUsdPerMillion = Optional(price.ImageInput),
        OutputUsdPerMillion = Money.FromUsd(price.Output ?? 0),
        AudioOutputUsdPerMillion = Optional(price.AudioOutput),
        Tiers = price.Tiers.Count == 0 ? default : [.. price.Tiers.Select(ToTier)],
    };

    private static PriceTier ToTier(PriceTierOptions tier) => new()
    {
        AboveInputTokens = tier.AboveInputTokens,
        InputUsdPerMillion = Money.FromUsd(tier.Input),
        CachedInputUsdPerMillion = Optional(tier.CachedInput),
        CacheWriteUsdPerMillion = Optional(tier.CacheWrite),
        LongCacheWriteUsdPerMillion = Optional(tier.LongCacheWrite),
        AudioInputUsdPerMillion = Optional(tier.AudioInput),
        ImageInputUsdPerMillion = Optional(tier.ImageInput),
        OutputUsdPerMillion = Money.FromUsd(tier.Output ?? 0),
        AudioOutputUsdPerMillion = Optional(tier.AudioOutput),
    };

    private static Money? Optional(decimal? usd) => usd is { } told ? Money.FromUsd(told) : null;
}
