using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>What a model does.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ModelKind>))]
public enum ModelKind
{
    /// <summary>Chat completions.</summary>
    Chat,

    /// <summary>Embeddings.</summary>
    Embeddings,
}

/// <summary>The models on offer, with their prices.</summary>
[GenerateSerializer, Immutable, Alias("model-catalog")]
public sealed record ModelCatalog
{
    /// <summary>Names this edition of the catalog.</summary>
    [Id(0)] public required string Version { get; init; }

    /// <summary>Models by id.</summary>
    [Id(1)] public required ImmutableDictionary<string, CatalogModel> Models { get; init; }

    /// <summary>Further names callers may use, or prefixes of names ending in <c>*</c>, each for a model's id or for several in order, with commas between them.</summary>
    [Id(2)] public ImmutableDictionary<string, string> Aliases { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Models that an operator took off: known, and called by nobody.</summary>
    [Id(3)] public ImmutableArray<CatalogModel> Withdrawn { get; init; } = [];

    /// <summary>Models that upstreams list and that are not offered.</summary>
    [Id(4)] public ImmutableArray<UnpricedModel> Unpriced { get; init; } = [];

    /// <summary>The model that an id or alias names, of several the first; or null.</summary>
    public CatalogModel? Find(string name) =>
        Models.TryGetValue(name, out var model) || (Aliases.TryGetValue(name, out var ids) && Models.TryGetValue(IdsOf(ids)[0], out model)) ? model : null;

    /// <summary>The ids in what an alias stands for.</summary>
    public static ImmutableArray<string> IdsOf(string alias) => [.. alias.Split(',', StringSplitOptions.TrimEntries)];
}

/// <summary>A model that an upstream lists and the gateway does not offer.</summary>
/// <param name="Provider">Who lists it.</param>
/// <param name="Model">What the provider calls it.</param>
/// <param name="Reason">Why not: <c>noPrice</c>.</param>
[GenerateSerializer, Immutable, Alias("unpriced-model")]
public sealed record UnpricedModel([property: Id(0)] string Provider, [property: Id(1)] string Model, [property: Id(2)] string Reason);

/// <summary>One model on offer.</summary>
[GenerateSerializer, Immutable, Alias("catalog-model")]
public sealed record CatalogModel
{
    /// <summary>What callers write.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>What it does.</summary>
    [Id(1)] public ModelKind Kind { get; init; }

    /// <summary>Who made it, as <c>owned_by</c> in the model list.</summary>
    [Id(4)] public string OwnedBy { get; init; } = "";

    /// <summary>Tokens that input and output may have together.</summary>
    [Id(5)] public required int ContextTokens { get; init; }

    /// <summary>Tokens that one answer may have.</summary>
    [Id(6)] public required int MaxOutputTokens { get; init; }

    /// <summary>The most that one image part of a message can count as input.</summary>
    [Id(7)] public int MaxTokensPerImage { get; init; } = 6_000;

    /// <summary>Price cards, the latest start last; at least one.</summary>
    [Id(8)] public required ImmutableArray<PriceCard> Prices { get; init; }

    /// <summary>Whether it may think in tokens that the caller never sees and that only the upstream's usage counts.</summary>
    [Id(9)] public bool Reasoning { get; init; }

    // Of the first offer, as the release before tells and reads it; operators' tools, too.
    [Id(2), JsonInclude] private string? Provider { get; init; }

    [Id(3), JsonInclude] private string? UpstreamModel { get; init; }

    [Id(10)] private ImmutableArray<UpstreamApi> Apis { get; init; }

    [Id(11)] private ImmutableArray<ModelOffer> AllOffers { get; init; }

    /// <summary>How much it is trusted with.</summary>
    [Id(12)] public ModelTier Tier { get; init; } = ModelTier.Standard;

    /// <summary>What it can do beside reading and writing text.</summary>
    [Id(13), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public ImmutableArray<ModelCapability> Capabilities { get; init; }

    /// <summary>Whether an operator took it off: nobody may call it, whoever lists it.</summary>
    [Id(15), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool Withdrawn { get; init; }

    /// <summary>Who serves it, in no order; at least one.</summary>
    public required ImmutableArray<ModelOffer> Offers
    {
        get => !AllOffers.IsDefault ? AllOffers : Provider is null ? [] : [new ModelOffer { Provider = Provider, UpstreamModel = UpstreamModel!, Apis = Apis }];
        init => (AllOffers, Provider, UpstreamModel, Apis) =
            (value, value.FirstOrDefault()?.Provider, value.FirstOrDefault()?.UpstreamModel, value.FirstOrDefault()?.Apis ?? default);
    }

    /// <summary>Whether it can be called through an API, at whichever provider.</summary>
    public bool IsOffered(UpstreamApi api)
    {
        foreach (var offer in Offers)
            if (IsOffered(offer, api)) return true;
        return false;
    }

    /// <summary>Whether one of its offers can be called through an API.</summary>
    public bool IsOffered(ModelOffer offer, UpstreamApi api) => offer.Apis.IsDefault
        ? api == (Kind == ModelKind.Embeddings ? UpstreamApi.Embeddings : UpstreamApi.Chat)
        : offer.Apis.Contains(api);

    /// <summary>The card in force at an instant, or null when none has started yet.</summary>
    public PriceCard? PriceAt(DateTimeOffset at) => CardAt(Prices, at);

    /// <summary>The same of one of its offers, which may have prices of its own.</summary>
    public PriceCard? PriceAt(ModelOffer offer, DateTimeOffset at) => CardAt(offer.Prices.IsDefaultOrEmpty ? Prices : offer.Prices, at);

    /// <summary>The same of whichever provider was called; the model's own when that is not known.</summary>
    public PriceCard? PriceAt(string? provider, DateTimeOffset at) => Offers.FirstOrDefault(offer => offer.Provider == provider) is { } offer ? PriceAt(offer, at) : PriceAt(at);

    /// <summary>Whether any of its offers has a price in force.</summary>
    public bool IsPricedAt(DateTimeOffset at) => Offers.Any(offer => PriceAt(offer, at) is not null);

    private static PriceCard? CardAt(ImmutableArray<PriceCard> prices, DateTimeOffset at)
    {
        for (var i = prices.Length - 1; i >= 0; i--)
            if (prices[i].EffectiveFrom <= at) return prices[i];
        return null;
    }
}
