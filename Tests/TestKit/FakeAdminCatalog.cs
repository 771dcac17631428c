using System.Collections.Immutable;

namespace OrleansGateway.Tests.TestKit;

/// <summary>A catalog of four chat models, one for embeddings, and an alias.</summary>
internal static class FakeAdminCatalog
{
    public static ModelCatalog Create() => new()
    {
        Version = "2026-01-01 seed",
        Models = new[]
        {
            Model("gpt-4.1", ModelKind.Chat), Model("claude-sonnet-4.5", ModelKind.Chat), Model("deepseek-v3.2", ModelKind.Chat),
            Model("gemini-2.5-flash", ModelKind.Chat), Model("text-embedding-3-small", ModelKind.Embeddings),
        }.ToImmutableDictionary(model => model.Id),
        Aliases = ImmutableDictionary<string, string>.Empty.Add("gpt-best", "gpt-4.1"),
    };

    private static CatalogModel Model(string id, ModelKind kind) => new()
    {
        Id = id,
        Kind = kind,
        Offers = [new ModelOffer { Provider = "holysheep", UpstreamModel = id }],
        ContextTokens = 128_000,
        MaxOutputTokens = 16_000,
        Prices =
        [
            new PriceCard
            {
                Version = "2026-01-01",
                EffectiveFrom = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
                InputUsdPerMillion = Money.FromUsd(2m),
                OutputUsdPerMillion = Money.FromUsd(kind == ModelKind.Embeddings ? 0m : 8m),
            },
        ],
    };
}
