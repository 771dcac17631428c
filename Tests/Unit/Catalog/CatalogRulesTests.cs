using System.Collections.Immutable;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Catalog;

public sealed class CatalogRulesTests
{
    private static readonly ModelCatalog Current = Catalogs.Shipped();
    private static readonly ProvidersOptions Providers = new() { Providers = { ["holysheep"] = new ProviderOptions() } };

    [Fact]
    public void What_is_in_force_may_be_written_back_and_keeps_nothing()
    {
        var entries = new CatalogEntries { Models = [.. Current.Models.Values], Aliases = Current.Aliases };

        Assert.Empty(Check(entries));
        var kept = CatalogRules.WithoutRepetitions(entries, Current);
        Assert.Empty(kept.Models);
        Assert.Empty(kept.Aliases);
    }

    [Fact]
    public void What_differs_is_kept()
    {
        var changed = Current.Models["gpt-4.1"] with { MaxOutputTokens = 16 };
        var kept = CatalogRules.WithoutRepetitions(new CatalogEntries { Models = [changed, Current.Models["deepseek-v3.2"]] }, Current);
        Assert.Equal([changed], kept.Models);
    }

    public static TheoryData<string, Func<CatalogModel, CatalogModel>> Faults => new()
    {
        { "models[0].id", model => model with { Id = "two words" } },
        { "models[0].id", model => model with { Id = "all*" } },
        { "models[0].contextTokens", model => model with { ContextTokens = 0 } },
        { "models[0].maxOutputTokens", model => model with { MaxOutputTokens = -1 } },
        { "models[0].maxTokensPerImage", model => model with { MaxTokensPerImage = -1 } },
        { "models[0].prices", model => model with { Prices = [] } },
        { "models[0].offers", model => model with { Offers = [] } },
        { "models[0].offers[0].provider", model => model with { Offers = [Offer(model) with { Provider = "nobody" }] } },
        { "models[0].offers[1].provider", model => model with { Offers = [Offer(model), Offer(model)] } },
        { "models[0].offers[0].upstreamModel", model => model with { Offers = [Offer(model) with { UpstreamModel = "" }] } },
        { "models[0].offers[0].weight", model => model with { Offers = [Offer(model) with { Weight = -1 }] } },
        { "models[0].offers[0].priority", model => model with { Offers = [Offer(model) with { Priority = -1 }] } },
        { "models[0].offers[0].apis", model => model with { Offers = [Offer(model) with { Apis = [UpstreamApi.Embeddings] }] } },
        { "models[0].offers[0].prices[0]", model => model with { Offers = [Offer(model) with { Prices = [Catalogs.Card(200_001)] }] } },
        { "models[0].prices[0]", model => model with { Prices = [Catalogs.Card(1) with { CachedInputUsdPerMillion = Money.FromUsd(-1) }] } },
        { "models[0].prices[1].version", model => model with { Prices = [Catalogs.Card(1), Catalogs.Card(1) with { EffectiveFrom = DateTimeOffset.UnixEpoch.AddDays(1) }] } },
        { "models[0].prices[1].effectiveFrom", model => model with { Prices = [Catalogs.Card(1), Catalogs.Card(2)] } },
        { "models[0].prices[0].version", model => model with { Prices = [model.Prices[0] with { OutputUsdPerMillion = Money.FromUsd(1) }] } },
        { "models[0].prices[0].tiers[0].aboveInputTokens", model => model with { Prices = [Catalogs.Card(1) with { Tiers = [Tier(model.ContextTokens)] }] } },
        { "models[0].prices[0].tiers[1].aboveInputTokens", model => model with { Prices = [Catalogs.Card(1) with { Tiers = [Tier(9), Tier(9)] }] } },
        {
            "models[0].prices[0].outputUsdPerMillion",
            model => model with { Kind = ModelKind.Embeddings, Offers = [Offer(model) with { Apis = default }], Prices = [Catalogs.Card(1)] }
        },
        {
            "models[0].reasoning",
            model => model with { Kind = ModelKind.Embeddings, Reasoning = true, Offers = [Offer(model) with { Apis = default }], Prices = [Catalogs.Card(0)] }
        },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void A_model_that_cannot_be_meant_is_refused_by_its_field(string path, Func<CatalogModel, CatalogModel> change)
    {
        var fault = Assert.Single(Check(new CatalogEntries { Models = [change(Current.Models["gpt-4.1"])] }));
        Assert.Equal(path, fault.Path);
    }

    [Fact]
    public void A_new_price_may_follow_those_that_postings_cite()
    {
        var model = Current.Models["gpt-4.1"];
        var next = Catalogs.Card(4) with { Version = "autumn", EffectiveFrom = new DateTimeOffset(2026, 9, 1, 0, 0, 0, TimeSpan.Zero) };
        Assert.Empty(Check(new CatalogEntries { Models = [model with { Prices = [.. model.Prices, next] }] }));
    }

    [Theory]
    [InlineData("gpt-4.1", "deepseek-v3.2", "gpt-4.1 is a model's id")]
    [InlineData("best", "no-such-model", "The catalog has no model no-such-model")]
    [InlineData("be*st", "gpt-4.1", "A * may stand at the end only")]
    [InlineData("claude-*", "gpt-4.1, no-such-model", "The catalog has no model no-such-model")]
    public void An_alias_that_leads_nowhere_is_refused(string alias, string target, string message)
    {
        var entries = new CatalogEntries { Aliases = ImmutableDictionary<string, string>.Empty.Add(alias, target) };
        Assert.Contains(message, Assert.Single(Check(entries)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_stands_once() =>
        Assert.Equal(
            "models[1].id",
            Assert.Single(Check(new CatalogEntries { Models = [Current.Models["gpt-4.1"], Current.Models["gpt-4.1"]] })).Path);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_that_an_alias_stands_for_cannot_go_without_it(bool listed)
    {
        var own = Current.Models["gpt-4.1"] with { Id = "own" };
        var before = Current with
        {
            Models = listed ? Current.Models.Add("own", own) : Current.Models,
            Withdrawn = listed ? [] : [own],
            Aliases = Current.Aliases.Add("mine", "own"),
        };
        var entries = new CatalogEntries { Aliases = ImmutableDictionary<string, string>.Empty.Add("mine", "own") };
        Assert.Equal("aliases['mine']", Assert.Single(CatalogRules.Check(entries, before, Current, [], Providers)).Path);
        Assert.Empty(CatalogRules.Check(entries with { Models = [own] }, before, Current, [], Providers));
        Assert.Empty(CatalogRules.Check(entries with { Models = [own with { Withdrawn = true }] }, before, Current, [], Providers));
    }

    [Fact]
    public void An_alias_that_leads_nowhere_already_may_be_written_back()
    {
        var before = Current with { Aliases = Current.Aliases.Add("mine", "gone") };
        Assert.Empty(CatalogRules.Check(new CatalogEntries { Models = [.. before.Models.Values], Aliases = before.Aliases }, before, Current, [], Providers));
    }

    [Fact]
    public void A_model_that_goes_leaves_its_id_to_an_alias()
    {
        var before = Current with { Models = Current.Models.Add("own", Current.Models["gpt-4.1"] with { Id = "own" }) };
        var entries = new CatalogEntries { Aliases = ImmutableDictionary<string, string>.Empty.Add("own", "gpt-4.1") };
        Assert.Empty(CatalogRules.Check(entries, before, Current, [], Providers));
    }

    private static ImmutableArray<PolicyFault> Check(CatalogEntries entries) => CatalogRules.Check(entries, Current, Current, [], Providers);

    private static ModelOffer Offer(CatalogModel model) => model.Offers[0];

    private static PriceTier Tier(int above) => new() { AboveInputTokens = above, InputUsdPerMillion = Money.FromUsd(1), OutputUsdPerMillion = Money.FromUsd(1) };
}
