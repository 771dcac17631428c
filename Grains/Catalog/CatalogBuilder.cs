using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>Makes the catalog in force: the operator's entries come first, then the configuration, then what upstreams list and the price list prices.</summary>
internal static class CatalogBuilder
{
    private const int VersionLength = 12;

    /// <summary>The catalog: a model is offered by the providers that the configuration names for it, else by those that list it, else by the default.</summary>
    /// <param name="options">What the configuration says.</param>
    /// <param name="providers">Who may serve models.</param>
    /// <param name="defaultProvider">Who serves those that nobody names.</param>
    /// <param name="inputs">What the cluster keeps besides; nothing when not given.</param>
    public static ModelCatalog Build(CatalogOptions options, ProvidersOptions providers, string defaultProvider, CatalogInputs? inputs = null)
    {
        var kept = inputs ?? CatalogInputs.None;
        var learned = new LearnedModels(PriceList.Shipped, kept.Listed);
        var models = new Dictionary<string, CatalogModel>(StringComparer.Ordinal);
        foreach (var (id, listed) in learned.Models)
            models[id] = ToModel(id, listed.Model, OffersOf(id, listed.Model, providers.Providers, null, learned));
        foreach (var id in providers.Providers.Values.SelectMany(provider => provider.Models))
            if (PriceList.Shipped.Find(id) is { } named) models[id] = ToModel(id, named.Model, OffersOf(id, named.Model, providers.Providers, null, learned));
        // The gateway's own are offered where somebody may serve them; those that the configuration names must be.
        var served = providers.Providers.Count == 0 || providers.Providers.ContainsKey(defaultProvider) ? defaultProvider : null;
        foreach (var listed in PriceList.Shipped.Models.Where(listed => listed.Default))
            models[listed.Id] = ToModel(listed.Id, listed.Model, OffersOf(listed.Id, listed.Model, providers.Providers, served, learned));
        foreach (var (id, model) in options.Models) models[id] = ToModel(id, model, OffersOf(id, model, providers.Providers, defaultProvider, learned));
        foreach (var model in kept.Operator.Models) models[model.Id] = OfOperator(model, providers.Providers);

        var offered = models.Values.Where(model => !model.Withdrawn && model.Offers.Length > 0).ToImmutableDictionary(model => model.Id, StringComparer.Ordinal);
        var catalog = new ModelCatalog
        {
            Version = "",
            Models = offered,
            Aliases = learned.Aliases.ToImmutableDictionary(StringComparer.Ordinal).SetItems(options.Aliases).SetItems(kept.Operator.Aliases).RemoveRange(offered.Keys),
            Withdrawn = [.. models.Values.Where(model => model.Withdrawn)],
        };
        return catalog with { Version = VersionOf(catalog), Unpriced = Unpriced(catalog, learned) };
    }

    private static ImmutableArray<ModelOffer> OffersOf(string id, ModelOptions model, Dictionary<string, ProviderOptions> providers, string? defaultProvider, LearnedModels learned)
    {
        var names = providers.Where(p => p.Value.Models.Contains(id)).Select(p => p.Key).Union(model.Offers.Keys).ToList();
        if (names.Count == 0) names.AddRange(learned.ProvidersOf(id).Where(providers.ContainsKey));
        if (names.Count == 0 && defaultProvider is not null) names.Add(defaultProvider);
        return [.. names.Order(StringComparer.Ordinal)
            .Select(name => ToOffer(model, name, model.Offers.GetValueOrDefault(name), providers.GetValueOrDefault(name), learned.NameAt(name, id) ?? id))];
    }

    private static CatalogModel OfOperator(CatalogModel model, Dictionary<string, ProviderOptions> providers) => model with
    {
        // A provider that this silo's configuration does not have cannot be called from here.
        Offers = [.. model.Offers.Where(offer => providers.ContainsKey(offer.Provider))
            .Select(offer => offer.Apis.IsDefault ? offer with { Apis = ApisOf(model.Kind, providers[offer.Provider]) } : offer)],
    };

    /// <summary>What upstreams list and nobody has a price for; it is refused to callers.</summary>
    private static ImmutableArray<UnpricedModel> Unpriced(ModelCatalog catalog, LearnedModels learned)
    {
        var called = catalog.Models.Values.Concat(catalog.Withdrawn).SelectMany(model => model.Offers.Select(offer => (offer.Provider, offer.UpstreamModel))).ToHashSet();
        return [.. learned.Unknown.Where(unknown => !called.Contains((unknown.Provider, unknown.Name)))
            .Select(unknown => new UnpricedModel(unknown.Provider, unknown.Name, "noPrice"))];
    }

    private static string VersionOf(ModelCatalog catalog)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var model in catalog.Models.Values.Concat(catalog.Withdrawn).OrderBy(model => model.Id, StringComparer.Ordinal))
            hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(model, CatalogText.Default.CatalogModel));
        foreach (var (alias, target) in catalog.Aliases.OrderBy(alias => alias.Key, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes($"{alias}={target}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..VersionLength];
    }

    private static ModelOffer ToOffer(ModelOptions model, string name, OfferOptions? offer, ProviderOptions? provider, string listedAs) => new()
    {
        Provider = name,
        UpstreamModel = offer?.UpstreamModel ?? model.UpstreamModel ?? listedAs,
        Apis = provider is null ? default : ApisOf(model.Kind, provider),
        Priority = offer?.Priority ?? provider?.Priority ?? 0,
        Weight = offer?.Weight ?? provider?.Weight ?? 1,
        Prices = offer is { Prices.Count: > 0 } ? ToCards(offer.Prices) : default,
    };

    private static ImmutableArray<UpstreamApi> ApisOf(ModelKind kind, ProviderOptions provider) => provider.Apis.Count == 0
        ? [kind == ModelKind.Embeddings ? UpstreamApi.Embeddings : UpstreamApi.Chat]
        : [.. provider.Apis.Where(api => api.Kind() == kind).Distinct().Order()];

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

/// <summary>How entries of the catalog are compared.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CatalogModel))]
internal sealed partial class CatalogText : JsonSerializerContext;
