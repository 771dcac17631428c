using System.Collections.Immutable;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Routing;

/// <summary>From a name and a policy to a plan: aliases, strategies, limits, <c>auto</c> and degrading.</summary>
public sealed class RouteTests
{
    private static readonly ImmutableDictionary<string, ImmutableArray<string>> None = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    [Theory]
    [InlineData("gpt-4.1", "gpt-4.1", null)]
    [InlineData("fast", "gemini-2.5-flash,deepseek-v3.2", "alias=fast")]
    [InlineData("best", "claude-sonnet-4.5", "alias=best")]
    [InlineData("claude-sonnet-4.5", "claude-sonnet-4.5", null)]
    [InlineData("claude-opus-9", "claude-sonnet-4.5,gpt-4.1", "alias=claude-*")]
    [InlineData("claude-haiku-4", "deepseek-v3.2", "alias=claude-haiku-*")]
    [InlineData("gpt-5", "gpt-4.1", "alias=gpt-*")]
    [InlineData("gpt-4o", "deepseek-v3.2", "alias=gpt-4*")]
    public void A_name_stands_for_itself_before_an_alias_and_for_that_before_the_longest_prefix(string name, string models, string? why)
    {
        var policy = TestTenant.Policy() with
        {
            Models = new ModelAccess
            {
                Aliases = None
                    .Add("fast", ["gemini-2.5-flash", "deepseek-v3.2"])
                    .Add("gpt-*", ["gpt-4.1"])
                    .Add("claude-haiku-*", ["deepseek-v3.2"])
                    .Add("claude-*", ["claude-sonnet-4.5", "gpt-4.1"]),
            },
        };
        var tenant = new TestTenant(policy)
        {
            Catalog = Aliased(
                ("fast", "gpt-4.1"), ("best", "claude-sonnet-4.5"), ("claude-*", "gpt-4.1"),
                ("gpt-4*", "deepseek-v3.2"), ("g*", "gemini-2.5-flash")),
        };

        var plan = tenant.Granted(tenant.Request(name));

        Assert.Equal((models, why), (Models(plan), plan.Route));
        Assert.Equal(models.Split(',')[0], plan.AskedModel);
        Assert.Equal(name == models ? null : name, Decision(tenant).Asked);
    }

    [Fact]
    public void An_alias_names_only_what_callers_may_use_and_is_followed_by_its_fallbacks()
    {
        var policy = TestTenant.Policy() with
        {
            Models = new ModelAccess
            {
                Allow = ["gpt-4.1"],
                Aliases = None.Add("x", ["claude-sonnet-4.5", "gpt-4.1"]),
                Fallbacks = None.Add("gpt-4.1", ["deepseek-v3.2"]),
            },
        };
        var tenant = new TestTenant(policy) { Catalog = Aliased(("y", "claude-sonnet-4.5, gemini-2.5-flash")) };

        Assert.Equal("gpt-4.1,deepseek-v3.2", Models(tenant.Granted(tenant.Request("x"))));
        Assert.IsType<ReservationOutcome.ModelNotFound>(tenant.Reserve(tenant.Request("y")));
        Assert.IsType<ReservationOutcome.ModelNotFound>(tenant.Reserve(tenant.Request("z")));
    }

    [Fact]
    public void What_a_key_may_name_is_listed_aliases_as_the_model_that_is_called_first_for_them_and_prefixes_not()
    {
        var policy = TestTenant.Policy() with
        {
            Models = new ModelAccess
            {
                Allow = ["gpt-4.1", "deepseek-*"],
                Aliases = None
                    .Add("house", ["claude-sonnet-4.5", "deepseek-v3.2"])
                    .Add("both", ["gpt-4.1"])
                    .Add("gpt-*", ["gpt-4.1"])
                    .Add("closed", ["claude-sonnet-4.5"]),
            },
        };
        var catalog = Aliased(("both", "deepseek-v3.2"), ("fast", "deepseek-v3.2, gpt-4.1"), ("claude-*", "gpt-4.1"), ("gone", "no-such-model"));
        var key = new TestTenant(policy).Account.Keys.Values.Single();

        var listed = RoutePlanner.Listed(catalog, policy, key, new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));

        Assert.Equal(["auto", "both", "deepseek-v3.2", "fast", "gpt-4.1", "house"], listed.Select(model => model.Id));
        Assert.Equal(
            [("both", "gpt-4.1"), ("fast", "deepseek-v3.2"), ("house", "deepseek-v3.2")],
            listed
                .Where(model => !catalog.Models.ContainsKey(model.Id) && model.Id != AutoRules.Name)
                .Select(model => (model.Id, catalog.Models.Values.Single(target => target.Prices == model.Prices).Id)));
        Assert.DoesNotContain(
            RoutePlanner.Listed(catalog, policy, key with { AllowModels = ["gpt-4.1"] }, listed[2].Prices[0].EffectiveFrom),
            model => model.Id is "fast" or "house"
                ? model.Prices != catalog.Models["gpt-4.1"].Prices
                : model.Id == "deepseek-v3.2");
    }

    [Theory]
    [InlineData(RouteStrategy.Ordered, "b,a,c", null)]
    [InlineData(RouteStrategy.Cheapest, "c,a,b", "strategy=cheapest")]
    [InlineData(RouteStrategy.Balanced, "b,c,a", "strategy=balanced")]
    public void A_strategy_orders_all_that_a_request_may_use(RouteStrategy strategy, string providers, string? why)
    {
        var catalog = Catalogs.Shipped()
            .WithOffers("gpt-4.1", Catalogs.Offer("a", priority: 2, output: 4), Catalogs.Offer("b", output: 8))
            .WithOffers("deepseek-v3.2", Catalogs.Offer("c", priority: 1, output: 2));
        var tenant = new TestTenant(
            TestTenant.Policy() with { Models = new ModelAccess { Strategy = strategy, Fallbacks = None.Add("gpt-4.1", ["deepseek-v3.2"]) } })
        {
            Catalog = catalog,
        };

        var plan = tenant.Granted(tenant.Request());

        Assert.Equal((providers, why, "gpt-4.1"), (string.Join(',', plan.Targets.Select(t => t.Provider)), plan.Route, plan.AskedModel));
        Assert.Equal(Money.FromUsd(0.002m + 0.0008m), plan.Held);
    }

    [Fact]
    public void The_fastest_of_two_drawn_by_chance_is_first_and_what_answers_slowest_never()
    {
        var catalog = Catalogs.Shipped().WithOffers("gpt-4.1", Catalogs.Offer("slow"), Catalogs.Offer("mid"), Catalogs.Offer("quick"), Catalogs.Offer("spare", weight: 0));
        var tenant = new TestTenant(TestTenant.Policy() with { Models = new ModelAccess { Strategy = RouteStrategy.Fastest } }) { Catalog = catalog };
        tenant.Health.Of("slow", "gpt-4.1").Latency.OnAnswer(TimeSpan.FromSeconds(3));
        tenant.Health.Of("mid", "gpt-4.1").Latency.OnAnswer(TimeSpan.FromSeconds(1));
        tenant.Health.Of("quick", "gpt-4.1").Latency.OnAnswer(TimeSpan.FromMilliseconds(900));

        var first = FirstOf(tenant, 300);
        Assert.InRange(first["quick"], 170, 230);
        Assert.Equal(300, first["quick"] + first["mid"]);

        // Calls under way count as waiting; another silo's word is as good where this one knows nothing; whoever has not been called is tried.
        tenant.Health.Of("quick", "gpt-4.1").OnBegun();
        first = FirstOf(tenant, 300);
        Assert.InRange(first["mid"], 170, 230);
        tenant.Time.Advance(TimeSpan.FromMinutes(2));
        tenant.Health.HearLatencies([Told("quick", 400), Told("mid", 200)]);
        first = FirstOf(tenant, 300);
        Assert.InRange(first["slow"], 170, 230);
        Assert.False(first.ContainsKey("quick"));
        Assert.Equal("spare", tenant.Granted(tenant.Request()).Targets[^1].Provider);
    }

    [Fact]
    public void Whichever_order_a_budget_that_covers_any_of_them_admits()
    {
        var catalog = Catalogs.Shipped().WithOffers("gpt-4.1", Catalogs.Offer("a", output: 8)).WithOffers("deepseek-v3.2", Catalogs.Offer("b", 1, output: 1));
        var access = new ModelAccess { Fallbacks = None.Add("gpt-4.1", ["deepseek-v3.2"]) };
        var poor = TestTenant.Policy(monthlyUsd: 0.001m);
        Assert.IsType<ReservationOutcome.BudgetSpent>(Reserve(poor with { Models = access }));
        Assert.IsType<ReservationOutcome.Granted>(Reserve(poor with { Models = access with { Strategy = RouteStrategy.Balanced } }));

        ReservationOutcome Reserve(TenantPolicy policy)
        {
            var tenant = new TestTenant(policy) { Catalog = catalog };
            return tenant.Reserve(tenant.Request());
        }
    }

    [Fact]
    public void A_model_that_cannot_write_as_much_gives_way_to_the_next_that_can()
    {
        var tenant = new TestTenant(TestTenant.Policy() with { Models = new ModelAccess { Fallbacks = None.Add("deepseek-v3.2", ["gpt-4.1", "claude-sonnet-4.5"]) } });

        var plan = tenant.Granted(tenant.Request("deepseek-v3.2", output: 40_000));
        Assert.Equal(("claude-sonnet-4.5", "fallback:output_limit", "deepseek-v3.2"), (Models(plan), plan.Route, plan.AskedModel));

        var denied = Assert.IsType<ReservationOutcome.OutputExceeded>(tenant.Reserve(tenant.Request("deepseek-v3.2", output: 100_000)));
        Assert.Equal(("deepseek-v3.2", 8_192), (denied.Model, denied.MaxOutputTokens));
    }

    [Fact]
    public void Output_that_alone_fills_the_context_surely_does_not_fit()
    {
        var small = Catalogs.Shipped().Models["deepseek-v3.2"] with { ContextTokens = 4_000 };
        var tenant = new TestTenant(
            TestTenant.Policy() with { Models = new ModelAccess { Fallbacks = None.Add("deepseek-v3.2", ["gpt-4.1"]) } })
        {
            Catalog = Catalogs.Shipped().With(small),
        };

        Assert.Equal("fallback:context_length", tenant.Granted(tenant.Request("deepseek-v3.2", output: 4_000)).Route);
        // However many bytes there are: they bound the tokens from above, and the upstream alone can count them.
        Assert.Equal("deepseek-v3.2,gpt-4.1", Models(tenant.Granted(tenant.Request("deepseek-v3.2", bytes: 5_000_000, output: 3_999))));
        var alone = new TestTenant { Catalog = tenant.Catalog };
        Assert.Equal(new ReservationOutcome.ContextExceeded("deepseek-v3.2", 4_000, 4_000), alone.Reserve(alone.Request("deepseek-v3.2", output: 4_000)));
    }

    [Theory]
    [InlineData(null, 100, 0, "gpt-4.1,claude-sonnet-4.5,deepseek-v3.2", "auto:default")]
    [InlineData("bulk", 100, 0, "deepseek-v3.2,gemini-2.5-flash,gpt-4.1", "auto:task=bulk")]
    [InlineData("code", 100, 0, "claude-sonnet-4.5,gpt-4.1,deepseek-v3.2", "auto:task=code")]
    [InlineData("nothing-known", 100, 0, "gpt-4.1,claude-sonnet-4.5,deepseek-v3.2", "auto:default")]
    [InlineData("bulk", 400_000, 0, "gemini-2.5-flash,gpt-4.1", "auto:task=bulk")] // may have more than deepseek's 128,000 tokens
    [InlineData("code", 9_000_000, 0, "gemini-2.5-flash", "auto:task=code")] // nobody may have room: the roomiest
    [InlineData("bulk", 100, 2, "gemini-2.5-flash,gpt-4.1,claude-sonnet-4.5", "auto:task=bulk")] // reads pictures
    public void Without_rules_auto_takes_the_cheapest_that_can_do_the_task(string? task, long bytes, int images, string models, string why)
    {
        var tenant = new TestTenant();
        var plan = tenant.Granted(tenant.Request("auto", bytes: bytes) with { Task = task, Images = images });
        Assert.Equal((models, why, null), (Models(plan), plan.Route, plan.AskedModel));
        Assert.Equal(("auto", why), (Decision(tenant).Asked, Decision(tenant).Route));
        Assert.Equal(Models(plan), Models(tenant.Admission.Next(tenant.Account.FindHold(plan.Hold)!)!.Value.Plan));
    }

    [Fact]
    public void Autos_rules_are_asked_in_order_and_one_without_a_usable_model_is_passed_over()
    {
        AutoRule[] rules =
        [
            new() { Task = "bulk", Use = ["text-embedding-3-small"] },
            new() { Task = "bulk", InputAbove = 1_000, Use = ["gemini-2.5-flash", "gpt-4.1"] },
            new() { Budget = new BudgetState { Window = BudgetWindow.Day, Above = 0.5m }, Tier = ModelTier.Economy },
            new() { Task = "listen", Capabilities = [ModelCapability.Audio], Tier = ModelTier.Economy },
        ];
        var tenant = new TestTenant(TestTenant.Policy() with
        {
            Budgets = [new BudgetPolicy { Window = BudgetWindow.Day, LimitUsd = Money.FromUsd(1), Mode = BudgetMode.Soft }],
            Models = new ModelAccess { Auto = [.. rules], Strategy = RouteStrategy.Balanced },
        });

        Assert.Equal(("gemini-2.5-flash,gpt-4.1", "auto:task=bulk+input>1000"), Ask("bulk", 4_004));
        Assert.Equal(("deepseek-v3.2,gemini-2.5-flash,gpt-4.1", "auto:task=bulk"), Ask("bulk", 4_000));
        Assert.Equal(("gemini-2.5-flash", "auto:task=listen"), Ask("listen", 100));
        tenant.Adjust(new Adjustment { Id = "a", Kind = AdjustmentKind.Correction, Scope = "tenant", AmountUsd = Money.FromUsd(0.6m), Reason = "spent" });
        Assert.Equal(("deepseek-v3.2,gemini-2.5-flash,gpt-4.1", "auto:day>0.5"), Ask("code", 100));

        (string, string?) Ask(string task, long bytes) =>
            tenant.Granted(tenant.Request("auto", bytes: bytes) with { Task = task }) is var plan ? (Models(plan), plan.Route) : default;
    }

    [Fact]
    public void Auto_takes_what_caller_and_key_may_use_and_what_the_money_left_covers()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 0.003m) with { Models = new ModelAccess { Allow = ["gpt-*", "claude-*"], Default = "auto" } });
        Assert.Equal("gpt-4.1", Models(tenant.Granted(tenant.Request() with { Model = null })));
        Assert.Equal("auto", Decision(tenant).Asked);

        // The best is too dear, and any model will do.
        var rich = new TestTenant(TestTenant.Policy(monthlyUsd: 0.003m));
        Assert.Equal("gpt-4.1,deepseek-v3.2", Models(rich.Granted(rich.Request("auto") with { Task = "code" })));
        Assert.IsType<ReservationOutcome.ModelNotFound>(
            new TestTenant(TestTenant.Policy() with { Models = new ModelAccess { Allow = ["text-*"] } }) is var none
                ? none.Reserve(none.Request("auto"))
                : null);
    }

    [Fact]
    public void A_model_or_an_alias_of_that_name_is_what_auto_means()
    {
        var tenant = new TestTenant { Catalog = Aliased(("auto", "deepseek-v3.2")) };
        Assert.Equal("alias=auto", tenant.Granted(tenant.Request("auto")).Route);
        Assert.Equal("auto:default", new TestTenant { Catalog = Aliased(("a*", "deepseek-v3.2")) } is var other ? other.Granted(other.Request("auto")).Route : null);
    }

    [Fact]
    public void Past_a_share_of_a_budget_a_cheaper_model_stands_in_for_all()
    {
        var tenant = new TestTenant(TestTenant.Policy() with
        {
            Budgets = [new BudgetPolicy { Window = BudgetWindow.Day, LimitUsd = Money.FromUsd(1), Mode = BudgetMode.Soft }],
            Models = new ModelAccess
            {
                Allow = ["gpt-4.1", "text-*"],
                Fallbacks = None.Add("gpt-4.1", ["claude-sonnet-4.5"]).Add("deepseek-v3.2", ["gemini-2.5-flash"]),
                Strategy = RouteStrategy.Cheapest,
                Degrade =
                [
                    new DegradeRule { Window = BudgetWindow.Day, Above = 0.8m, Use = "deepseek-v3.2" },
                    new DegradeRule { Window = BudgetWindow.Day, Above = 0.9m, Use = "gemini-2.5-flash" },
                    new DegradeRule { Window = BudgetWindow.Month, Above = 0, Use = "gemini-2.5-flash" },
                    new DegradeRule { Window = BudgetWindow.Day, Scope = BudgetScope.Key, Above = 0, Use = "gemini-2.5-flash" },
                ],
            },
        });
        Assert.Equal("strategy=cheapest", tenant.Granted(tenant.Request()).Route);

        tenant.Adjust(new Adjustment { Id = "a", Kind = AdjustmentKind.Correction, Scope = "tenant", AmountUsd = Money.FromUsd(0.8m), Reason = "spent" });
        var plan = tenant.Granted(tenant.Request());
        Assert.Equal(("deepseek-v3.2,gemini-2.5-flash", "degrade:day>0.8", "gpt-4.1"), (Models(plan), plan.Route, plan.AskedModel));
        Assert.Equal("gpt-4.1", Decision(tenant).Asked);
        // What it could not serve it does not stand in for.
        Assert.Equal("gpt-4.1,claude-sonnet-4.5", Models(tenant.Granted(tenant.Request(output: 10_000))));
        Assert.Equal("text-embedding-3-small", Models(tenant.Granted(tenant.Request("text-embedding-3-small", output: null) with { Api = UpstreamApi.Embeddings })));

        tenant.Adjust(new Adjustment { Id = "b", Kind = AdjustmentKind.Correction, Scope = "tenant", AmountUsd = Money.FromUsd(0.1m), Reason = "spent" });
        Assert.Equal("degrade:day>0.9", tenant.Granted(tenant.Request()).Route);
    }

    [Fact]
    public void A_hold_asked_for_again_has_the_same_targets_in_the_same_order_and_the_same_reason()
    {
        var tenant = new TestTenant(TestTenant.Policy() with
        {
            Models = new ModelAccess { Strategy = RouteStrategy.Balanced, Fallbacks = None.Add("gpt-4.1", ["deepseek-v3.2", "claude-sonnet-4.5"]) },
        });
        for (var i = 0; i < 20; i++)
        {
            var request = tenant.Request();
            var plan = tenant.Granted(request);
            var again = tenant.Granted(request);
            Assert.Equal((Models(plan), plan.Route, plan.AskedModel), (Models(again), again.Route, again.AskedModel));
            var entry = Assert.IsType<BookEntry.Held>(BookEntry.Parse(new RawEntry(1, tenant.Entries[^1].ToBytes())));
            Assert.Equal("strategy=balanced", entry.Decision!.Route);
        }
    }

    [Fact]
    public void A_hold_of_a_release_that_kept_no_targets_is_covered_by_its_models_chain()
    {
        var tenant = new TestTenant(TestTenant.Policy() with { Models = new ModelAccess { Fallbacks = None.Add("gpt-4.1", ["deepseek-v3.2"]) } });
        var request = tenant.Request();
        var entry = (BookEntry.Held)(tenant.Granted(request) is not null ? tenant.Entries[^1] : throw new InvalidOperationException());
        tenant.Book(entry with { Attempt = 2, Decision = null });
        Assert.Equal("gpt-4.1,deepseek-v3.2", Models(tenant.Admission.Next(tenant.Account.FindHold(new HoldId(entry.Request, 2))!)!.Value.Plan));
    }

    private static HeldDecision Decision(TestTenant tenant) => ((BookEntry.Held)tenant.Entries[^1]).Decision!;

    private static string Models(ProviderPlan plan) => string.Join(',', plan.Targets.Select(target => target.Model));

    private static Dictionary<string, int> FirstOf(TestTenant tenant, int requests) =>
        Enumerable.Range(0, requests).Select(_ => tenant.Granted(tenant.Request()).Targets[0].Provider).CountBy(p => p).ToDictionary();

    private static TargetReport Told(string provider, int milliseconds)
    {
        var latencies = new long[LatencyBuckets.Count];
        latencies[LatencyBuckets.Of(TimeSpan.FromMilliseconds(milliseconds))] = 1;
        return new TargetReport
        {
            Provider = provider,
            Model = "gpt-4.1",
            Circuit = "closed",
            Outcomes = ImmutableDictionary<string, long>.Empty.Add("ok", 1),
            Latencies = [.. latencies],
        };
    }

    private static ModelCatalog Aliased(params (string Name, string Ids)[] aliases) => Catalogs.Shipped() with { Aliases = aliases.ToImmutableDictionary(a => a.Name, a => a.Ids) };
}
