using System.Collections.Immutable;
using System.Numerics;
using CsCheck;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Properties;

/// <summary>Laws of prices over random cards: costs are exact, and a hold is never less than what its call can cost.</summary>
public sealed class PriceLaws
{
    private const long MostTokens = 80_000;

    [Fact]
    public void A_cost_is_the_exact_sum_rounded_up_once()
    {
        int rounded = 0, overlapping = 0;
        Gen.Select(PriceGen.Card, PriceGen.Usage(MostTokens, MostTokens)).Sample(
            (card, usage) =>
            {
                var exact = ExactCost(card, usage);
                if (exact % 1_000_000 != 0) Interlocked.Increment(ref rounded);
                if (usage.CachedInput + usage.CacheWrite + usage.AudioInput + usage.ImageInput > usage.Input) Interlocked.Increment(ref overlapping);
                return card.CostOf(usage).NanoDollars == (long)((exact + 999_999) / 1_000_000);
            },
            iter: 5_000);
        Assert.True(rounded > 0 && overlapping > 0, $"rounded {rounded}, overlapping {overlapping}");
    }

    [Fact]
    public void No_usage_within_bounds_costs_more_than_the_worst_case()
    {
        int reached = 0, inTier = 0;
        (from card in PriceGen.Card
         from input in Gen.Long[0, MostTokens]
         from output in Gen.Long[0, MostTokens]
         from usage in PriceGen.Usage(input, output)
         select (card, input, output, usage)).Sample(
            x =>
            {
                var worst = x.card.WorstCase(x.input, x.output);
                if (x.card.CostOf(x.usage) == worst) Interlocked.Increment(ref reached);
                if (!x.card.Tiers.IsEmpty && x.usage.Input > x.card.Tiers[0].AboveInputTokens) Interlocked.Increment(ref inTier);
                return x.card.CostOf(x.usage) <= worst;
            },
            iter: 20_000);
        // The bound is not slack, and tiers are at stake.
        Assert.True(reached > 100 && inTier > 100, $"reached {reached}, in a tier {inTier}");
    }

    [Fact]
    public void What_is_affordable_fits_and_one_token_more_does_not() =>
        Gen.Select(PriceGen.Card, Gen.Long[0, MostTokens], Gen.Long[0, 20_000_000_000]).Sample(
            (card, input, nano) =>
            {
                var amount = new Money(nano);
                var output = card.AffordableOutput(amount, input);
                if (output < 0) return card.WorstCase(input, 0) > amount;
                // Beyond any answer's length there is nothing to compare.
                return card.WorstCase(input, Math.Min(output, 1_000_000_000)) <= amount && (output >= 1_000_000_000 || card.WorstCase(input, output + 1) > amount);
            },
            iter: 20_000);

    [Fact]
    public void Whatever_a_call_uses_of_what_it_may_is_covered_by_its_hold_whichever_target_answers()
    {
        int granted = 0, capped = 0, fellBack = 0;
        (from cards in PriceGen.Card.Array[1, 3]
         from most in Gen.Int[1, 30_000].Array[3]
         from bytes in Gen.Long[1, MostTokens]
         from output in Gen.OneOf(Gen.Const(() => (int?)null), Gen.Int[1, 30_000].Select(n => (int?)n))
         from choices in Gen.Int[1, 4]
         from budget in Gen.OneOf(Gen.Long[0, 5_000_000_000], Gen.Long[0, 500_000_000_000])
         from shares in PriceGen.Shares.Array[20]
         select (cards, most, bytes, output, choices, budget, shares)).Sample(
            x =>
            {
                var tenant = TenantWith(x.cards, x.most, new Money(x.budget));
                var request = tenant.Request("m0", x.bytes, x.output, choices: x.choices);
                if (tenant.Reserve(request) is not ReservationOutcome.Granted { Plan: var plan }) return;
                Interlocked.Increment(ref granted);
                if (plan.CapOutput && plan.OutputTokens < x.most[0]) Interlocked.Increment(ref capped);
                if (plan.Targets.Length > 1) Interlocked.Increment(ref fellBack);
                Assert.True(plan.Held <= new Money(x.budget));

                foreach (var target in plan.Targets)
                {
                    var mostOutput = Math.Min(plan.OutputTokens, target.MaxOutputTokens) * (long)plan.Choices;
                    foreach (var shares in x.shares)
                    {
                        var usage = PriceGen.UsageOf(shares, plan.InputTokens, mostOutput);
                        Assert.True(target.Price.CostOf(usage) <= plan.Held, $"{target.Model}: {usage} costs {target.Price.CostOf(usage)} of {plan.Held}");
                    }

                    var call = new UpstreamCall(plan, ScriptedPool.Request(), null, new PoolTime(new Microsoft.Extensions.Time.Testing.FakeTimeProvider()));
                    call.Begin(target);
                    var estimate = UsageMeter.Judge(null, ModelKind.Chat, plan, target, long.MaxValue);
                    Assert.True(Postings.Posted(call, estimate, "usage_missing").Cost <= plan.Held);
                }
            },
            iter: 1_000);
        Assert.True(granted > 100 && capped > 10 && fellBack > 10, $"granted {granted}, capped {capped}, with fallbacks {fellBack}");
    }

    private static TestTenant TenantWith(PriceCard[] cards, int[] most, Money budget)
    {
        var models = cards.Select((card, i) => new CatalogModel
        {
            Id = $"m{i}",
            Offers = [new ModelOffer { Provider = "a", UpstreamModel = $"m{i}" }],
            ContextTokens = 100_000,
            MaxOutputTokens = most[i],
            Prices = [card],
        });
        var policy = TestTenant.Policy() with
        {
            Budgets = [new BudgetPolicy { Window = BudgetWindow.Month, LimitUsd = budget }],
            Models = new ModelAccess { Fallbacks = ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("m0", ["m1", "m2"]) },
        };
        return new TestTenant(policy, new ModelCatalog { Version = "v", Models = models.ToImmutableDictionary(m => m.Id) });
    }

    /// <summary>The same by another way: token by token, with numbers that have no bounds.</summary>
    private static BigInteger ExactCost(PriceCard card, TokenUsage usage)
    {
        var tier = card.Tiers.LastOrDefault(t => usage.Input > t.AboveInputTokens);
        var rates = tier is null
            ? (card.InputUsdPerMillion, card.OutputUsdPerMillion, card.CachedInputUsdPerMillion, card.CacheWriteUsdPerMillion,
                card.LongCacheWriteUsdPerMillion, card.AudioInputUsdPerMillion, card.ImageInputUsdPerMillion, card.AudioOutputUsdPerMillion)
            : (tier.InputUsdPerMillion, tier.OutputUsdPerMillion, tier.CachedInputUsdPerMillion, tier.CacheWriteUsdPerMillion,
                tier.LongCacheWriteUsdPerMillion, tier.AudioInputUsdPerMillion, tier.ImageInputUsdPerMillion, tier.AudioOutputUsdPerMillion);
        var (input, output, cached, written, longWritten, audio, image, audioOutput) = rates;
        var dearestFirst = new (long Tokens, Money Price)[]
        {
            (usage.CachedInput, cached ?? input),
            (usage.CacheWrite - usage.LongCacheWrite, written ?? input),
            (usage.LongCacheWrite, longWritten ?? written ?? input),
            (usage.AudioInput, audio ?? input),
            (usage.ImageInput, image ?? input),
        }.OrderByDescending(part => part.Price);

        var left = usage.Input;
        var cost = BigInteger.Zero;
        foreach (var (tokens, price) in dearestFirst)
        {
            var charged = Math.Min(tokens, left);
            left -= charged;
            cost += (BigInteger)charged * price.NanoDollars;
        }
        return cost + ((BigInteger)left * input.NanoDollars)
            + ((BigInteger)(usage.Output - usage.AudioOutput) * output.NanoDollars) + ((BigInteger)usage.AudioOutput * (audioOutput ?? output).NanoDollars);
    }
}
