using System.Numerics;
using CsCheck;

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
    public void Cost_is_the_exact_sum_rounded_up_and_never_above_the_worst_case() =>
        (from prices in Gen.Long[0, 100_000_000_000].Array[3]
         from input in Gen.Long[0, int.MaxValue]
         from cached in Gen.Long[0, input]
         from output in Gen.Long[0, 10_000_000]
         select (prices, usage: new TokenUsage(input, output, cached)))
        .Sample(x =>
        {
            var card = new PriceCard
            {
                Version = "v",
                EffectiveFrom = default,
                InputUsdPerMillion = new(x.prices[0]),
                CachedInputUsdPerMillion = new(x.prices[1]),
                OutputUsdPerMillion = new(x.prices[2]),
            };
            var exact = ((BigInteger)(x.usage.Input - x.usage.CachedInput) * x.prices[0]) + ((BigInteger)x.usage.CachedInput * x.prices[1]) + ((BigInteger)x.usage.Output * x.prices[2]);
            if (exact > (BigInteger)long.MaxValue * 500_000) return true;
            return card.CostOf(x.usage).NanoDollars == (long)((exact + 999_999) / 1_000_000) && card.CostOf(x.usage) <= card.WorstCase(x.usage.Input, x.usage.Output);
        });

    [Fact]
    public void What_is_affordable_fits_and_one_token_more_does_not() =>
        (from amount in Gen.Long[0, 100_000_000_000]
         from input in Gen.Long[0, 100_000]
         select (amount: new Money(amount), input))
        .Sample(x =>
        {
            var output = Gpt41.AffordableOutput(x.amount, x.input);
            return output < 0
                ? Gpt41.WorstCase(x.input, 0) > x.amount
                : Gpt41.WorstCase(x.input, output) <= x.amount && Gpt41.WorstCase(x.input, output + 1) > x.amount;
        });

    private static PriceCard Card(decimal input, decimal output, decimal? cached) => new()
    {
        Version = "2026-01-01",
        EffectiveFrom = DateTimeOffset.UnixEpoch,
        InputUsdPerMillion = Money.FromUsd(input),
        OutputUsdPerMillion = Money.FromUsd(output),
        CachedInputUsdPerMillion = cached is { } c ? Money.FromUsd(c) : null,
    };
}
