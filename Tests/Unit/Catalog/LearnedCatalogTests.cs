using System.Collections.Immutable;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Catalog;

/// <summary>The catalog that comes of configuration, upstreams' lists and an operator's entries together.</summary>
public sealed class LearnedCatalogTests
{
    private static readonly DateTimeOffset At = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_listed_model_that_the_price_list_knows_is_offered_by_its_provider_with_its_prices_and_sizes()
    {
        var model = Build(("holysheep", ["gpt-4.1", "gpt-5"])).Models["gpt-5"];

        var offer = Assert.Single(model.Offers);
        Assert.Equal(("holysheep", "gpt-5"), (offer.Provider, offer.UpstreamModel));
        Assert.Equal((400_000, 128_000, true), (model.ContextTokens, model.MaxOutputTokens, model.Reasoning));
        Assert.Equal((Money.FromUsd(1.25m), Money.FromUsd(10)), (model.PriceAt(At)!.InputUsdPerMillion, model.PriceAt(At)!.OutputUsdPerMillion));
    }

    [Fact]
    public void A_default_model_that_the_upstream_lists_by_another_name_is_called_by_that_one_and_both_names_are_taken()
    {
        var catalog = Build(("holysheep", ["claude-sonnet-4-5", "gpt-4.1"]));

        Assert.Equal("claude-sonnet-4-5", Assert.Single(catalog.Models["claude-sonnet-4.5"].Offers).UpstreamModel);
        Assert.Same(catalog.Models["claude-sonnet-4.5"], catalog.Find("claude-sonnet-4-5"));
    }

    [Fact]
    public void A_dated_edition_listed_beside_the_model_is_a_model_of_its_own_at_the_same_price()
    {
        var catalog = Build(("holysheep", ["gpt-4o", "gpt-4o-2024-08-06"]));

        Assert.Equal("gpt-4o-2024-08-06", Assert.Single(catalog.Models["gpt-4o-2024-08-06"].Offers).UpstreamModel);
        Assert.Equal(catalog.Models["gpt-4o"].PriceAt(At), catalog.Models["gpt-4o-2024-08-06"].PriceAt(At));
    }

    [Fact]
    public void A_listed_model_without_a_price_is_not_offered_and_operators_are_told_why()
    {
        var catalog = Build(("holysheep", ["secret-model-7", "gpt-4.1"]));

        Assert.Null(catalog.Find("secret-model-7"));
        Assert.Equal([new UnpricedModel("holysheep", "secret-model-7", "noPrice")], catalog.Unpriced);
    }

    [Fact]
    public void An_operators_price_makes_an_unpriced_model_one_on_offer()
    {
        var inputs = Inputs(("holysheep", ["secret-model-7"])) with { Operator = new CatalogEntries { Models = [Own("secret-model-7")] } };
        var catalog = Build(inputs);

        Assert.Empty(catalog.Unpriced);
        Assert.True(catalog.Find("secret-model-7")!.IsOffered(UpstreamApi.Chat));
    }

    [Fact]
    public void A_model_that_two_upstreams_list_has_two_offers()
    {
        var catalog = Build(("holysheep", ["gpt-5"]), ("other", ["gpt-5", "gpt-4.1"]));

        Assert.Equal(["holysheep", "other"], catalog.Models["gpt-5"].Offers.Select(offer => offer.Provider));
        // The default provider has the default models that no one lists.
        Assert.Equal(["other"], catalog.Models["gpt-4.1"].Offers.Select(offer => offer.Provider));
    }

    [Fact]
    public void A_model_that_the_configuration_gives_to_a_provider_is_not_offered_by_others_that_list_it()
    {
        var providers = new ProvidersOptions { Providers = { ["holysheep"] = new ProviderOptions(), ["other"] = new ProviderOptions { Models = { "gpt-5" } } } };
        var catalog = new CatalogRecipe(new CatalogOptions(), providers, "holysheep").Build(Inputs(("holysheep", ["gpt-5", "gpt-4.1"]), ("other", ["gpt-5"])));

        Assert.Equal("other", Assert.Single(catalog.Models["gpt-5"].Offers).Provider);
    }

    [Fact]
    public void A_model_that_a_provider_is_configured_with_needs_no_price_of_its_own_when_the_price_list_has_one()
    {
        var providers = new ProvidersOptions { Providers = { ["holysheep"] = new ProviderOptions(), ["other"] = new ProviderOptions { Models = { "gpt-5" } } } };
        var model = new CatalogRecipe(new CatalogOptions(), providers, "holysheep").Build(CatalogInputs.None).Models["gpt-5"];

        Assert.Equal("other", Assert.Single(model.Offers).Provider);
    }

    [Fact]
    public void What_an_operator_sets_comes_before_configuration_and_upstreams()
    {
        var inputs = Inputs(("holysheep", ["gpt-4.1"])) with
        {
            Operator = new CatalogEntries { Models = [Own("gpt-4.1")], Aliases = ImmutableDictionary<string, string>.Empty.Add("fast", "gpt-4.1") },
        };
        var catalog = Build(inputs);

        Assert.Equal(Money.FromUsd(40), catalog.Find("fast")!.PriceAt(At)!.OutputUsdPerMillion);
    }

    [Fact]
    public void A_withdrawn_model_is_known_and_called_by_nobody()
    {
        var catalog = Build(Inputs(("holysheep", ["gpt-4.1", "gpt-5"])) with
        {
            Operator = new CatalogEntries { Models = [Own("gpt-5") with { Withdrawn = true }, Own("gpt-4.1") with { Withdrawn = true }] },
        });

        Assert.Null(catalog.Find("gpt-5"));
        Assert.Null(catalog.Find("gpt-4.1"));
        Assert.Equal(["gpt-4.1", "gpt-5"], catalog.Withdrawn.Select(model => model.Id).Order());
        Assert.Empty(catalog.Unpriced);
    }

    [Fact]
    public void The_version_changes_with_what_is_offered_and_with_nothing_else()
    {
        var one = Build(("holysheep", ["gpt-4.1"]));

        Assert.Equal(one.Version, Build(Inputs(("holysheep", ["gpt-4.1"])) with { Revision = 77 }).Version);
        Assert.NotEqual(one.Version, Build(("holysheep", ["gpt-4.1", "gpt-5"])).Version);
        Assert.NotEqual(
            one.Version,
            Build(Inputs(("holysheep", ["gpt-4.1"])) with { Operator = new CatalogEntries { Models = [Own("gpt-4.1") with { Withdrawn = true }] } }).Version);
    }

    [Fact]
    public void A_provider_that_is_no_longer_configured_offers_nothing_though_its_list_is_kept() =>
        Assert.False(Build(("gone", ["gpt-5"])).Models.ContainsKey("gpt-5"));

    private static CatalogModel Own(string id) => new()
    {
        Id = id,
        Offers = [new ModelOffer { Provider = "holysheep", UpstreamModel = id }],
        ContextTokens = 1_000,
        MaxOutputTokens = 500,
        Prices = [Catalogs.Card(40)],
    };

    private static CatalogInputs Inputs(params (string Provider, string[] Models)[] listed) =>
        new() { Revision = 1, Listed = listed.ToImmutableDictionary(list => list.Provider, list => list.Models.ToImmutableArray()) };

    private static ModelCatalog Build(params (string Provider, string[] Models)[] listed) => Build(Inputs(listed));

    private static ModelCatalog Build(CatalogInputs inputs)
    {
        var providers = new ProvidersOptions { Providers = { ["holysheep"] = new ProviderOptions(), ["other"] = new ProviderOptions() } };
        return new CatalogRecipe(new CatalogOptions(), providers, "holysheep").Build(inputs);
    }
}
