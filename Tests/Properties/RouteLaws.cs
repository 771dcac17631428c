using System.Collections.Immutable;
using CsCheck;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Properties;

public sealed class RouteLaws
{
    private static readonly string[] Ids = ["m0", "m1", "m2", "m3"];
    private static readonly string[] Names = ["m0", "m1", "alias", "prefix-x", "auto"];

    /// <summary>Whatever chooses and orders the targets: the money that is held covers each of them, at the first hold and at those that follow it.</summary>
    [Fact]
    public void Every_hop_of_every_route_costs_at_most_what_is_held()
    {
        int granted = 0, several = 0, reasons = 0, renewed = 0, degraded = 0;
        (from cards in PriceGen.Card.Array[8]
         from shape in Gen.Int[0, 3].Array[4]
         from limits in Gen.Int[1, 40_000].Array[4]
         from context in Gen.Int[50, 200_000].Array[4]
         from strategy in Gen.Int[0, 3].Select(i => (RouteStrategy)i)
         from name in Gen.Int[0, 4].Select(i => Names[i])
         from bytes in Gen.Long[1, 300_000]
         from output in Gen.OneOf(Gen.Const(() => (int?)null), Gen.Int[1, 40_000].Select(n => (int?)n))
         from choices in Gen.Int[1, 4]
         from budget in Gen.Long[0, 50_000_000_000]
         from spent in Gen.Double[0, 1]
         from seed in Gen.Int
         select (cards, shape, limits, context, strategy, name, bytes, output, choices, budget, spent, seed)).Sample(
            x =>
            {
                var tenant = TenantWith(x.cards, x.shape, x.limits, x.context, x.strategy, new Money(x.budget));
                tenant.Adjust(new Adjustment { Id = "a", Kind = AdjustmentKind.Correction, Scope = "tenant", AmountUsd = new Money((long)(x.budget * x.spent)), Reason = "spent" });
                var request = tenant.Request(x.name, x.bytes, x.output, choices: x.choices) with { Task = x.seed % 2 == 0 ? "bulk" : null };
                if (tenant.Reserve(request) is not ReservationOutcome.Granted { Plan: var plan }) return;

                Interlocked.Increment(ref granted);
                if (plan.Targets.Length > 1) Interlocked.Increment(ref several);
                if (plan.Route is not null) Interlocked.Increment(ref reasons);
                if (plan.Route?.Contains("degrade", StringComparison.Ordinal) == true) Interlocked.Increment(ref degraded);
                Check(plan, plan.Held);
                Assert.Equal(plan.Targets.Length, plan.Targets.DistinctBy(t => (t.Provider, t.Model)).Count());

                if (tenant.Admission.Next(tenant.Account.FindHold(plan.Hold)!) is not { } next) return;
                Interlocked.Increment(ref renewed);
                Check(next.Plan, next.Entry.Amount);
                Assert.Equal(plan.Targets, next.Plan.Targets);
            },
            iter: 2_000);
        Assert.True(
            granted > 300 && several > 100 && reasons > 100 && renewed > 50 && degraded > 20,
            $"granted {granted}, several {several}, with reasons {reasons}, renewed {renewed}, degraded {degraded}");

        static void Check(ProviderPlan plan, Money held)
        {
            Assert.NotEmpty(plan.Targets);
            foreach (var target in plan.Targets)
            {
                Assert.True(
                    target.Price.WorstCase(plan.InputTokens, Math.Min(plan.OutputTokens, target.MaxOutputTokens) * (long)plan.Choices) <= held,
                    $"{target.Provider} {target.Model} may cost more than {held}");
                Assert.True(plan.CapOutput || plan.OutputTokens <= target.MaxOutputTokens);
            }
        }
    }

    private static TestTenant TenantWith(PriceCard[] cards, int[] shape, int[] most, int[] context, RouteStrategy strategy, Money budget)
    {
        var models = Ids.Select((id, i) => new CatalogModel
        {
            Id = id,
            Offers = [.. Enumerable.Range(0, 1 + shape[i]).Select(o => new ModelOffer
            {
                Provider = $"p{o}",
                UpstreamModel = id,
                Priority = o % 2,
                Weight = o,
                Prices = o == 0 ? default : [cards[4 + ((i + o) % 4)]],
            })],
            ContextTokens = context[i],
            MaxOutputTokens = most[i],
            Prices = [cards[i]],
            Tier = (ModelTier)(i % 3),
        });
        var none = ImmutableDictionary<string, ImmutableArray<string>>.Empty;
        var policy = TestTenant.Policy() with
        {
            Budgets = [new BudgetPolicy { Window = BudgetWindow.Month, LimitUsd = budget }],
            Models = new ModelAccess
            {
                Strategy = strategy,
                Fallbacks = none.Add("m0", ["m1", "m2", "m3"]).Add("m1", ["m3"]),
                Aliases = none.Add("alias", ["m2", "m1"]).Add("prefix-*", ["m3"]),
                Degrade = [new DegradeRule { Window = BudgetWindow.Month, Above = 0.7m, Use = "m1" }],
            },
        };
        return new TestTenant(policy, new ModelCatalog { Version = "v", Models = models.ToImmutableDictionary(m => m.Id) });
    }
}
