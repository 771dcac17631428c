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

    /// <summary>Further names callers may use, each for a model's id.</summary>
    [Id(2)] public ImmutableDictionary<string, string> Aliases { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The model that an id or alias names, or null.</summary>
    public CatalogModel? Find(string name) =>
        Models.TryGetValue(name, out var model) || (Aliases.TryGetValue(name, out var id) && Models.TryGetValue(id, out model)) ? model : null;
}

/// <summary>One model on offer.</summary>
[GenerateSerializer, Immutable, Alias("catalog-model")]
public sealed record CatalogModel
{
    /// <summary>What callers write.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>What it does.</summary>
    [Id(1)] public ModelKind Kind { get; init; }

    /// <summary>The provider that serves it.</summary>
    [Id(2)] public required string Provider { get; init; }

    /// <summary>What the provider calls it.</summary>
    [Id(3)] public required string UpstreamModel { get; init; }

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

    /// <summary>The APIs through which its provider offers it; the one that every OpenAI-compatible upstream has for its kind when default.</summary>
    [Id(10), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public ImmutableArray<UpstreamApi> Apis { get; init; }

    /// <summary>Whether it can be called through an API.</summary>
    public bool IsOffered(UpstreamApi api) => Apis.IsDefault ? api == (Kind == ModelKind.Embeddings ? UpstreamApi.Embeddings : UpstreamApi.Chat) : Apis.Contains(api);

    /// <summary>The card in force at an instant, or null when none has started yet.</summary>
    public PriceCard? PriceAt(DateTimeOffset at)
    {
        for (var i = Prices.Length - 1; i >= 0; i--)
            if (Prices[i].EffectiveFrom <= at) return Prices[i];
        return null;
    }
}
