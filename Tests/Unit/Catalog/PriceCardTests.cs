namespace OrleansGateway.Tests.Unit.Catalog;

public sealed class PriceCardTests
{
    private static readonly PriceCard Gpt41 = Card(2m, 8m, 0.5m);

    [Fact]
    public void The_contracts_example_costs_what_it_says() => Assert.Equal(Money.FromUsd(0.000264m), Gpt41.CostOf(new TokenUsage(12, 30)));

    [Fact]
    public void Cached_tokens_are_a_part_of_the_input_at_their_own_price() =>
        Assert.Equal(Money.FromUsd((600 * 2m + 400 * 0.5m) / 1_000_000m), Gpt41.CostOf(new TokenUsage(1_000, 0, CachedInput: 400)));

    [Fact]
    public void Reasoning_is_a_part_of_the_output() => Assert.Equal(Gpt41.CostOf(new TokenUsage(0, 100)), Gpt41.CostOf(new TokenUsage(0, 100, Reasoning: 90)));

    [Fact]
    public void A_posting_rounds_up_once()
    {
        // Each token costs a third of a nano-dollar or so; the sum is rounded, not the parts.
        var card = Card(0.0003m, 0.0003m, null);
        Assert.Equal(new Money(1), card.CostOf(new TokenUsage(1, 1)));
        Assert.Equal(new Money(2), card.CostOf(new TokenUsage(2, 3)));
    }

    [Fact]
    public void Every_kind_of_token_has_its_price_and_the_rest_is_text()
    {
        var card = Card(2m, 8m, 0.5m) with
        {
            CacheWriteUsdPerMillion = Money.FromUsd(3),
            LongCacheWriteUsdPerMillion = Money.FromUsd(5),
            AudioInputUsdPerMillion = Money.FromUsd(7),
            ImageInputUsdPerMillion = Money.FromUsd(1),
            AudioOutputUsdPerMillion = Money.FromUsd(11),
        };
        var usage = new TokenUsage(1_000, 100, CachedInput: 100, Reasoning: 50, CacheWrite: 200, LongCacheWrite: 50, AudioInput: 300, ImageInput: 10, AudioOutput: 40);
        Assert.Equal(
            Money.FromUsd(((100 * 0.5m) + (150 * 3) + (50 * 5) + (300 * 7) + (10 * 1) + (390 * 2) + (60 * 8) + (40 * 11)) / 1_000_000m),
            card.CostOf(usage));
    }

    [Fact]
    public void A_kind_without_a_price_costs_what_the_others_do()
    {
        var usage = new TokenUsage(1_000, 100, CacheWrite: 200, LongCacheWrite: 50, AudioInput: 300, ImageInput: 10, AudioOutput: 40);
        Assert.Equal(Gpt41.CostOf(new TokenUsage(1_000, 100)), Gpt41.CostOf(usage));
        var writing = Gpt41 with { CacheWriteUsdPerMillion = Money.FromUsd(3) };
        Assert.Equal(writing.CostOf(usage with { LongCacheWrite = 0 }), writing.CostOf(usage));
    }

    [Fact]
    public void A_token_with_two_prices_costs_the_dearer()
    {
        var card = Gpt41 with { CacheWriteUsdPerMillion = Money.FromUsd(3), AudioInputUsdPerMillion = Money.FromUsd(7) };
        // 100 tokens, 80 of them sound and 50 written to the cache: there are only 20 that are not sound.
        Assert.Equal(Money.FromUsd(((80 * 7m) + (20 * 3m)) / 1_000_000m), card.CostOf(new TokenUsage(100, 0, CacheWrite: 50, AudioInput: 80)));
    }

    [Theory]
    [InlineData(0, 2, 8)]
    [InlineData(200_000, 2, 8)]
    [InlineData(200_001, 4, 12)]
    [InlineData(500_000, 4, 12)]
    [InlineData(500_001, 3, 9)]
    public void The_prompts_whole_size_chooses_the_prices_of_the_whole_request(long input, decimal inputPrice, decimal outputPrice) =>
        Assert.Equal(Money.FromUsd(((input * inputPrice) + (10 * outputPrice)) / 1_000_000m), Tiered.CostOf(new TokenUsage(input, 10)));

    [Fact]
    public void The_worst_case_looks_at_every_tier_that_a_prompt_can_reach()
    {
        Assert.Equal(Money.FromUsd(0.4m + 0.00008m), Tiered.WorstCase(200_000, 10));
        Assert.Equal(Money.FromUsd(0.800004m + 0.00012m), Tiered.WorstCase(200_001, 10));
        // 500,000 tokens at the dear tier cost more than 500,001 at the cheap one.
        Assert.Equal(Money.FromUsd(2m + 0.00012m), Tiered.WorstCase(500_001, 10));
    }

    private static PriceCard Tiered { get; } = Gpt41 with
    {
        Tiers =
        [
            new PriceTier { AboveInputTokens = 200_000, InputUsdPerMillion = Money.FromUsd(4), OutputUsdPerMillion = Money.FromUsd(12) },
            new PriceTier { AboveInputTokens = 500_000, InputUsdPerMillion = Money.FromUsd(3), OutputUsdPerMillion = Money.FromUsd(9) },
        ],
    };

    private static PriceCard Card(decimal input, decimal output, decimal? cached) => new()
    {
        Version = "2026-01-01",
        EffectiveFrom = DateTimeOffset.UnixEpoch,
        InputUsdPerMillion = Money.FromUsd(input),
        OutputUsdPerMillion = Money.FromUsd(output),
        CachedInputUsdPerMillion = cached is { } c ? Money.FromUsd(c) : null,
    };
}
