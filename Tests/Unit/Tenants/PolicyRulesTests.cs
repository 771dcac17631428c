using System.Collections.Immutable;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Tenants;

public class PolicyRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ModelCatalog Catalog = FakeAdminCatalog.Create();
    private static readonly TenantPolicy Plain = new() { Id = "acme" };

    [Fact]
    public void A_policy_of_defaults_has_no_faults() => Assert.Empty(PolicyRules.Check(Plain, Catalog));

    [Fact]
    public void A_policy_that_uses_everything_has_no_faults() => Assert.Empty(PolicyRules.Check(
        Plain with
        {
            Name = "Acme Inc",
            TimeZone = "Europe/Berlin",
            Limits = new QuotaLimits { RequestsPerMinute = 0, TokensPerMinute = 200_000, ConcurrentRequests = 50 },
            Budgets = [Budget(BudgetWindow.Month, 500m, 0.5m, 0.8m, 1m), Budget(BudgetWindow.Day, 0m)],
            Models = new ModelAccess
            {
                Allow = ["gpt-4.1", "deepseek-*"],
                Default = "gpt-4.1",
                Fallbacks = Fallbacks(("gpt-4.1", ["claude-sonnet-4.5", "deepseek-v3.2"])),
            },
            Routing = new RoutingPolicy { Weight = 100 },
            EndUserDefaults = new ScopePolicy { Limits = new QuotaLimits { RequestsPerMinute = 20 }, Budgets = [Budget(BudgetWindow.Day, 1m)] },
        },
        Catalog));

    [Theory]
    [InlineData("a")]
    [InlineData("a-b-9")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890ab")]
    public void An_id_of_letters_digits_and_inner_hyphens_is_right(string id) => Assert.Empty(PolicyRules.Check(Plain with { Id = id }, Catalog));

    [Theory]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("a-")]
    [InlineData("Acme")]
    [InlineData("a_b")]
    [InlineData("a\n")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890abc")]
    public void Any_other_id_is_a_fault(string id) => Assert.Equal("id", Paths(Plain with { Id = id }));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(101)]
    public void A_weight_outside_of_1_to_100_is_a_fault(int weight) => Assert.Equal("routing.weight", Paths(Plain with { Routing = new RoutingPolicy { Weight = weight } }));

    [Fact]
    public void A_name_too_long_or_with_control_characters_is_a_fault()
    {
        Assert.Equal("name", Paths(Plain with { Name = new string('x', 201) }));
        Assert.Equal("name", Paths(Plain with { Name = "a\u0000b" }));
    }

    [Theory]
    [InlineData("Mars/Olympus")]
    [InlineData("europe/berlin")]
    [InlineData("")]
    [InlineData("../../etc/localtime")]
    [InlineData("/etc/localtime")]
    [InlineData("posix/Europe/Berlin")]
    [InlineData("right/Europe/Berlin")]
    [InlineData("Europe/Berlin\n")]
    public void A_time_zone_that_is_no_iana_name_is_a_fault(string zone)
    {
        Assert.True(TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Berlin", out _)); // The platform's cache ignores case from now on.
        Assert.Equal("timeZone", Paths(Plain with { TimeZone = zone }));
    }

    [Theory]
    [InlineData("UTC")]
    [InlineData("Etc/GMT+5")]
    [InlineData("America/Argentina/Buenos_Aires")]
    [InlineData("Asia/Kathmandu")]
    public void Iana_names_are_time_zones(string zone) => Assert.Empty(PolicyRules.Check(Plain with { TimeZone = zone }, Catalog));

    [Fact]
    public void Every_limit_below_zero_is_named() => Assert.Equal(
        "limits.requestsPerMinute limits.tokensPerMinute limits.concurrentRequests",
        Paths(Plain with { Limits = new QuotaLimits { RequestsPerMinute = -1, TokensPerMinute = -1, ConcurrentRequests = -1 } }));

    [Fact]
    public void A_window_has_one_budget() => Assert.Equal(
        "budgets[1].window", Paths(Plain with { Budgets = [Budget(BudgetWindow.Day, 1m), Budget(BudgetWindow.Day, 2m), Budget(BudgetWindow.Week, 3m)] }));

    [Fact]
    public void A_budget_is_at_least_nothing_and_below_nine_billion()
    {
        Assert.Equal("budgets[0].limitUsd", Paths(Plain with { Budgets = [Budget(BudgetWindow.Day, -0.000000001m)] }));
        Assert.Equal("budgets[0].limitUsd", Paths(Plain with { Budgets = [Budget(BudgetWindow.Day, 9_000_000_000m)] }));
        Assert.Empty(PolicyRules.Check(Plain with { Budgets = [Budget(BudgetWindow.Day, 8_999_999_999.999999999m)] }, Catalog));
    }

    [Fact]
    public void A_scope_may_have_any_windows_at_once_and_each_N_of_rolling_is_one() => Assert.Empty(PolicyRules.Check(
        Plain with
        {
            Budgets =
            [
                Budget(BudgetWindow.Total, 1m),
                Budget(BudgetWindow.Rolling(1), 1m),
                Budget(BudgetWindow.Rolling(30), 1m),
                Budget(BudgetWindow.Day, 1m) with { RollOverUsd = Money.Zero },
            ],
        },
        Catalog));

    [Fact]
    public void Only_calendar_windows_roll_over_and_within_bounds()
    {
        Assert.Equal("budgets[0].rollOverUsd budgets[1].rollOverUsd", Paths(Plain with { Budgets = [RollOver(BudgetWindow.Total, 1m), RollOver(BudgetWindow.Rolling(30), 1m)] }));
        Assert.Equal(
            "budgets[0].rollOverUsd budgets[1].rollOverUsd",
            Paths(Plain with { Budgets = [RollOver(BudgetWindow.Day, -1m), RollOver(BudgetWindow.Month, 9_000_000_000m)] }));

        static BudgetPolicy RollOver(BudgetWindow window, decimal usd) => Budget(window, 1m) with { RollOverUsd = Money.FromUsd(usd) };
    }

    [Fact]
    public void A_rolling_window_has_1_to_366_days() => Assert.Equal(
        "budgets[0].window budgets[1].window", Paths(Plain with { Budgets = [Budget(BudgetWindow.Rolling(0), 1m), Budget(BudgetWindow.Rolling(367), 1m)] }));

    [Fact]
    public void Thresholds_are_different_shares_of_the_limit() => Assert.Equal(
        "budgets[0].alertAt[0] budgets[0].alertAt[2] budgets[0].alertAt[3]",
        Paths(Plain with { Budgets = [Budget(BudgetWindow.Day, 1m, 0m, 0.5m, 0.50m, 1.01m)] }));

    [Fact]
    public void A_budget_has_ten_thresholds_at_most() => Assert.Equal(
        "budgets[0].alertAt", Paths(Plain with { Budgets = [Budget(BudgetWindow.Day, 1m, [.. Enumerable.Range(1, 11).Select(i => i / 100m)])] }));

    [Fact]
    public void Allowed_models_are_in_the_catalog_by_their_id_or_a_prefix_and_stand_there_once()
    {
        Assert.Empty(PolicyRules.Check(Plain with { Models = new ModelAccess { Allow = ["*", "gpt-4.1", "future-*"] } }, Catalog));
        Assert.Equal(
            "models.allow[1] models.allow[2] models.allow[3] models.allow[4]",
            Paths(Plain with { Models = new ModelAccess { Allow = ["gpt-4.1", "gpt-9", "gpt-4.1", "g*t*", null!] } }));
    }

    [Fact]
    public void An_alias_is_refused_with_the_id_to_write_instead()
    {
        var fault = Assert.Single(PolicyRules.Check(Plain with { Models = new ModelAccess { Allow = ["gpt-best"] } }, Catalog));
        Assert.Equal("gpt-best is another name for gpt-4.1; write gpt-4.1.", fault.Message);
    }

    [Fact]
    public void The_default_model_exists_and_is_allowed()
    {
        Assert.Equal("models.default", Paths(Plain with { Models = new ModelAccess { Default = "gpt-9" } }));
        Assert.Equal("models.default", Paths(Plain with { Models = new ModelAccess { Allow = ["deepseek-*"], Default = "gpt-4.1" } }));
        Assert.Empty(PolicyRules.Check(Plain with { Models = new ModelAccess { Allow = ["deepseek-*"], Default = "deepseek-v3.2" } }, Catalog));
    }

    [Fact]
    public void A_fallback_may_be_a_model_that_callers_may_not_name() => Assert.Empty(PolicyRules.Check(
        Plain with { Models = new ModelAccess { Allow = ["gpt-4.1"], Fallbacks = Fallbacks(("gpt-4.1", ["deepseek-v3.2"])) } }, Catalog));

    [Fact]
    public void A_model_that_callers_may_not_name_has_no_fallbacks() => Assert.Equal(
        "models.fallbacks['deepseek-v3.2']",
        Paths(Plain with { Models = new ModelAccess { Allow = ["gpt-4.1"], Fallbacks = Fallbacks(("deepseek-v3.2", ["gpt-4.1"])) } }));

    [Fact]
    public void Fallbacks_exist_and_stand_there_once() => Assert.Equal(
        "models.fallbacks['gpt-4.1'][0] models.fallbacks['gpt-4.1'][2] models.fallbacks['gpt-9']",
        Paths(Plain with { Models = new ModelAccess { Fallbacks = Fallbacks(("gpt-4.1", ["gpt-8", "deepseek-v3.2", "deepseek-v3.2"]), ("gpt-9", ["gpt-4.1"])) } }));

    [Fact]
    public void A_model_does_not_fall_back_to_itself() => Assert.Equal(
        "models.fallbacks['gpt-4.1'][0]", Paths(Plain with { Models = new ModelAccess { Fallbacks = Fallbacks(("gpt-4.1", ["gpt-4.1"])) } }));

    [Fact]
    public void Fallbacks_make_no_cycle_however_long()
    {
        var faults = Paths(Plain with
        {
            Models = new ModelAccess
            {
                Fallbacks = Fallbacks(("gpt-4.1", ["deepseek-v3.2"]), ("deepseek-v3.2", ["gemini-2.5-flash"]), ("gemini-2.5-flash", ["claude-sonnet-4.5", "gpt-4.1"])),
            },
        });
        Assert.Equal("models.fallbacks['deepseek-v3.2'][0] models.fallbacks['gemini-2.5-flash'][1] models.fallbacks['gpt-4.1'][0]", faults);
    }

    [Fact]
    public void Fallbacks_that_meet_again_without_a_cycle_are_right() => Assert.Empty(PolicyRules.Check(
        Plain with
        {
            Models = new ModelAccess
            {
                Fallbacks = Fallbacks(("gpt-4.1", ["deepseek-v3.2", "gemini-2.5-flash"]), ("claude-sonnet-4.5", ["gpt-4.1", "deepseek-v3.2"])),
            },
        },
        Catalog));

    [Fact]
    public void A_model_has_eight_fallbacks_at_most()
    {
        var many = Catalog with
        {
            Models = Catalog.Models.AddRange(
                Enumerable.Range(1, 9).Select(i => KeyValuePair.Create($"m{i}", Catalog.Models["gpt-4.1"] with { Id = $"m{i}" }))),
        };
        var policy = Plain with { Models = new ModelAccess { Fallbacks = Fallbacks(("gpt-4.1", [.. Enumerable.Range(1, 9).Select(i => $"m{i}")])) } };
        Assert.Equal("models.fallbacks['gpt-4.1']", Assert.Single(PolicyRules.Check(policy, many)).Path);
    }

    [Fact]
    public void Chat_does_not_fall_back_to_embeddings() => Assert.Equal(
        "models.fallbacks['gpt-4.1'][0]", Paths(Plain with { Models = new ModelAccess { Fallbacks = Fallbacks(("gpt-4.1", ["text-embedding-3-small"])) } }));

    [Fact]
    public void Faults_of_end_users_are_found_beneath_their_own_path() => Assert.Equal(
        "endUserDefaults.limits.requestsPerMinute endUserDefaults.budgets[0].limitUsd",
        Paths(Plain with { EndUserDefaults = new ScopePolicy { Limits = new QuotaLimits { RequestsPerMinute = -1 }, Budgets = [Budget(BudgetWindow.Day, -1m)] } }));

    [Fact]
    public void All_faults_are_found_at_once() => Assert.Equal(
        "id timeZone limits.requestsPerMinute models.default",
        Paths(Plain with { Id = "", TimeZone = "?", Limits = new QuotaLimits { RequestsPerMinute = -1 }, Models = new ModelAccess { Default = "x" } }));

    [Theory]
    [InlineData("gpt-4.1", "gpt-4.1", true)]
    [InlineData("gpt-*", "gpt-4.1", true)]
    [InlineData("gpt-4.1", "gpt-*", true)]
    [InlineData("gpt-4*", "gpt-*", true)]
    [InlineData("*", "gpt-4.1", true)]
    [InlineData("gemini-2.5-flash", "gpt-4.1", false)]
    [InlineData("claude-*", "gpt-*", false)]
    public void A_key_must_allow_something_that_its_tenant_allows(string ofKey, string ofTenant, bool right)
    {
        var tenant = Plain with { Models = new ModelAccess { Allow = [ofTenant, "deepseek-v3.2"] } };
        Assert.Equal(
            right ? "" : "models.allow",
            string.Join(' ', PolicyRules.CheckKey(new ApiKeyChange { AllowModels = [ofKey] }, tenant, Catalog, Now).Select(fault => fault.Path)));
        Assert.Empty(PolicyRules.CheckKey(new ApiKeyChange { AllowModels = [ofKey, "deepseek-*"] }, tenant, Catalog, Now));
        Assert.Empty(PolicyRules.CheckKey(new ApiKeyChange { AllowModels = [] }, tenant, Catalog, Now));
        Assert.Empty(PolicyRules.CheckKey(new ApiKeyChange { AllowModels = [ofKey] }, Plain, Catalog, Now));
    }

    [Fact]
    public void A_rule_that_asks_for_a_budget_of_the_tenants_needs_one()
    {
        var policy = Plain with
        {
            Budgets = [Budget(BudgetWindow.Day, 1m)],
            Models = new ModelAccess
            {
                Degrade =
                [
                    .. new[] { BudgetWindow.Day, BudgetWindow.Month }.Select(window => new DegradeRule { Window = window, Above = 0.5m, Use = "deepseek-v3.2" }),
                    new() { Window = BudgetWindow.Week, Scope = BudgetScope.User, Above = 0.5m, Use = "deepseek-v3.2" },
                ],
                Auto = [.. new[] { BudgetWindow.Day, BudgetWindow.Rolling(30) }
                    .Select(window => new AutoRule { Budget = new BudgetState { Window = window, Above = 0.5m }, Use = ["deepseek-v3.2"] })],
            },
        };
        Assert.Equal("models.auto[1].budget.window models.degrade[1].window", Paths(policy));
    }

    [Fact]
    public void A_key_change_that_changes_nothing_has_no_faults() => Assert.Empty(PolicyRules.CheckKey(new ApiKeyChange(), Plain, Catalog, Now));

    [Fact]
    public void A_key_expires_in_the_future()
    {
        Assert.Equal("expiresAt", Assert.Single(PolicyRules.CheckKey(new ApiKeyChange { ExpiresAt = Now }, Plain, Catalog, Now)).Path);
        Assert.Empty(PolicyRules.CheckKey(new ApiKeyChange { ExpiresAt = Now.AddTicks(1) }, Plain, Catalog, Now));
        Assert.Empty(PolicyRules.CheckKey(new ApiKeyChange { ExpiresAt = DateTimeOffset.MaxValue }, Plain, Catalog, Now));
    }

    [Fact]
    public void Faults_of_a_key_have_the_paths_of_its_json()
    {
        var change = new ApiKeyChange
        {
            Name = new string('x', 201),
            Policy = new ScopePolicy { Limits = new QuotaLimits { ConcurrentRequests = -1 }, Budgets = [Budget(BudgetWindow.Day, -1m)] },
            AllowModels = ["gpt-9"],
        };
        Assert.Equal(
            ["name", "limits.concurrentRequests", "budgets[0].limitUsd", "models.allow[0]"],
            PolicyRules.CheckKey(change, Plain, Catalog, Now).Select(fault => fault.Path));
    }

    [Fact]
    public void Values_that_no_json_can_hold_are_faults_and_no_crash()
    {
        var faults = Paths(Plain with
        {
            Status = (TenantStatus)9,
            Budgets = [null!, new BudgetPolicy { Window = new BudgetWindow((WindowKind)9, 0), LimitUsd = Money.Zero, Mode = (BudgetMode)9, AlertAt = default }],
            Models = new ModelAccess { Allow = default, Fallbacks = Fallbacks(("gpt-4.1", default), ("deepseek-v3.2", [null!])) },
            EndUserDefaults = new ScopePolicy { Budgets = default },
        });
        Assert.Equal("status budgets[0] budgets[1].window budgets[1].mode models.fallbacks['deepseek-v3.2'][0]", faults);
    }

    private static string Paths(TenantPolicy policy) => string.Join(' ', PolicyRules.Check(policy, Catalog).Select(fault => fault.Path));

    private static BudgetPolicy Budget(BudgetWindow window, decimal usd, params decimal[] alertAt) =>
        new() { Window = window, LimitUsd = Money.FromUsd(usd), AlertAt = [.. alertAt] };

    private static ImmutableDictionary<string, ImmutableArray<string>> Fallbacks(params (string Model, ImmutableArray<string> Targets)[] fallbacks) =>
        fallbacks.ToImmutableDictionary(fallback => fallback.Model, fallback => fallback.Targets);
}
