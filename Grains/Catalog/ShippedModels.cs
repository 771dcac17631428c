namespace OrleansGateway;

/// <summary>The models that the gateway offers when nobody configures any.</summary>
internal static class ShippedModels
{
    private static readonly DateTimeOffset PricesFrom = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Dictionary<string, ModelOptions> All() => new(StringComparer.Ordinal)
    {
        ["gpt-4.1"] = Chat("openai", ModelTier.Standard, [ModelCapability.Vision, ModelCapability.Tools], 1_047_576, 32_768, new() { EffectiveFrom = PricesFrom, Input = 2.00m, CachedInput = 0.50m, Output = 8.00m }),
        ["claude-sonnet-4.5"] = Chat("anthropic", ModelTier.Premium, [ModelCapability.Vision, ModelCapability.Tools], 200_000, 64_000, new()
        {
            EffectiveFrom = PricesFrom,
            Input = 3.00m,
            CachedInput = 0.30m,
            CacheWrite = 3.75m,
            LongCacheWrite = 6.00m,
            Output = 15.00m,
        }),
        // It thinks unless told not to, and shows nothing of it.
        ["gemini-2.5-flash"] = Chat("google", ModelTier.Economy, [ModelCapability.Vision, ModelCapability.Audio, ModelCapability.Tools], 1_048_576, 65_536, new() { EffectiveFrom = PricesFrom, Input = 0.35m, AudioInput = 1.00m, Output = 2.50m }, reasoning: true),
        ["deepseek-v3.2"] = Chat("deepseek", ModelTier.Economy, [ModelCapability.Tools], 128_000, 8_192, new() { EffectiveFrom = PricesFrom, Input = 0.08m, Output = 0.42m }),
        ["text-embedding-3-small"] = new()
        {
            Kind = ModelKind.Embeddings,
            OwnedBy = "openai",
            // Per input of a batch the model reads 8,191 tokens; a request may have 300,000.
            ContextTokens = 300_000,
            MaxOutputTokens = 0,
            Prices = [new PriceOptions { EffectiveFrom = PricesFrom, Input = 0.02m }],
        },
    };

    private static ModelOptions Chat(string ownedBy, ModelTier tier, List<ModelCapability> capabilities, int context, int maxOutput, PriceOptions price, bool reasoning = false) => new()
    {
        OwnedBy = ownedBy,
        ContextTokens = context,
        MaxOutputTokens = maxOutput,
        Reasoning = reasoning,
        Tier = tier,
        Capabilities = capabilities,
        Prices = [price],
    };
}
