using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Makes the catalog in force from what the gateway ships and what the operator set.</summary>
internal static class CatalogBuilder
{
    /// <summary>The catalog: a model is offered by the providers that list it and those that its own settings name, or else by the default.</summary>
    /// <param name="options">What the operator set.</param>
    /// <param name="providers">Who lists what.</param>
    /// <param name="defaultProvider">Who serves the others.</param>
    public static ModelCatalog Build(CatalogOptions options, ProvidersOptions providers, string defaultProvider)
    {
        var models = ShippedModels.All();
        foreach (var (id, model) in options.Models) models[id] = model;
        return new ModelCatalog
        {
            Version = "configuration",
            Models = models.ToImmutableDictionary(m => m.Key, m => ToModel(m.Key, m.Value, OffersOf(m.Key, m.Value, providers.Providers, defaultProvider)), StringComparer.Ordinal),
            Aliases = options.Aliases.ToImmutableDictionary(StringComparer.Ordinal),
        };
    }

    private static ImmutableArray<ModelOffer> OffersOf(string id, ModelOptions model, Dictionary<string, ProviderOptions> providers, string defaultProvider)
    {
        var names = providers.Where(p => p.Value.Models.Contains(id)).Select(p => p.Key).Union(model.Offers.Keys).Order(StringComparer.Ordinal).ToList();
        if (names.Count == 0) names.Add(defaultProvider);
        return [.. names.Select(name => ToOffer(id, model, name, model.Offers.GetValueOrDefault(name), providers.GetValueOrDefault(name)))];
    }

    private static ModelOffer ToOffer(string id, ModelOptions model, string name, OfferOptions? offer, ProviderOptions? provider) => new()
    {
        Provider = name,
        UpstreamModel = offer?.UpstreamModel ?? model.UpstreamModel ?? id,
        Apis = provider is null ? default : provider.Apis.Count == 0 ? [model.Kind == ModelKind.Embeddings ? UpstreamApi.Embeddings : UpstreamApi.Chat] : [.. provider.Apis.Where(api => api.Kind() == model.Kind).Distinct().Order()],
        Priority = offer?.Priority ?? provider?.Priority ?? 0,
        Weight = offer?.Weight ?? provider?.Weight ?? 1,
        Prices = offer is { Prices.Count: > 0 } ? ToCards(offer.Prices) : default,
    };

    private static CatalogModel ToModel(string id, ModelOptions options, ImmutableArray<ModelOffer> offers) => new()
    {
        Id = id,
        Kind = options.Kind,
        Offers = offers,
        OwnedBy = options.OwnedBy,
        ContextTokens = options.ContextTokens,
        MaxOutputTokens = options.MaxOutputTokens,
        MaxTokensPerImage = options.MaxTokensPerImage,
        Reasoning = options.Reasoning,
        Tier = options.Tier,
        Capabilities = [.. options.Capabilities],
        Prices = ToCards(options.Prices),
    };

    private static ImmutableArray<PriceCard> ToCards(List<PriceOptions> prices) => [.. prices.OrderBy(p => p.EffectiveFrom).Select(ToCard)];

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
