using System.Collections.Immutable;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Routing;

public sealed class RoutingRulesTests
{
    private static readonly ModelCatalog Catalog = FakeAdminCatalog.Create();
    private static readonly ImmutableDictionary<string, ImmutableArray<string>> None = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    [Fact]
    public void What_is_meant_has_no_fault() => Assert.Equal("", Paths(new ModelAccess
    {
        Default = "auto",
        Strategy = RouteStrategy.Fastest,
        Aliases = None.Add("fast", ["gemini-2.5-flash", "deepseek-v3.2"]).Add("claude-*", ["claude-sonnet-4.5"]),
        Auto =
        [
            new AutoRule { Task = "bulk", Use = ["deepseek-v3.2"] },
            new AutoRule { InputAbove = 0, Tier = ModelTier.Premium, Capabilities = [ModelCapability.Tools] },
            new AutoRule { Budget = new BudgetState { Window = BudgetWindow.Day, Above = 1 } },
        ],
        Degrade = [new DegradeRule { Window = BudgetWindow.Day, Above = 0.8m, Use = "deepseek-v3.2" }],
    }));

    [Fact]
    public void Every_fault_of_aliases_is_told_by_its_path() => Assert.Equal(
        "models.aliases['*'] models.aliases['a*b'] models.aliases['gpt-4.1'] models.aliases['none'] models.aliases['x'][0] models.aliases['x'][2] models.aliases['y'][1]",
        Paths(new ModelAccess
        {
            Aliases = None.Add("*", ["gpt-4.1"]).Add("a*b", ["gpt-4.1"]).Add("gpt-4.1", ["deepseek-v3.2"]).Add("none", [])
                .Add("x", ["gpt-best", "gpt-4.1", "gpt-4.1"]).Add("y", ["gpt-4.1", "text-embedding-3-small"]),
        }));

    [Fact]
    public void Every_fault_of_rules_is_told_by_its_path() => Assert.Equal(
        "models.strategy models.auto[0].task models.auto[0].inputAbove models.auto[0].budget.window models.auto[0].budget.scope models.auto[0].budget.above models.auto[0].use[0] "
        + "models.auto[0].tier models.auto[0].capabilities models.auto[1] models.degrade[0].above models.degrade[0].use",
        Paths(new ModelAccess
        {
            Strategy = (RouteStrategy)9,
            Auto =
            [
                new AutoRule
                {
                    Task = "Bulk",
                    InputAbove = -1,
                    Budget = new BudgetState { Window = new BudgetWindow(WindowKind.Rolling, 0), Scope = (BudgetScope)7, Above = 1.5m },
                    Use = ["gpt-9"],
                    Tier = ModelTier.Economy,
                    Capabilities = [ModelCapability.Vision],
                },
                null!,
            ],
            Degrade = [new DegradeRule { Window = BudgetWindow.Day, Above = -0.1m, Use = "auto" }],
        }));

    private static string Paths(ModelAccess models) => string.Join(
        ' ',
        PolicyRules
            .Check(TestTenant.Policy() with { Budgets = [new BudgetPolicy { Window = BudgetWindow.Day, LimitUsd = Money.Zero }], Models = models }, Catalog)
            .Select(fault => fault.Path));
}
