using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Routing;

/// <summary>One model at several providers, from the settings to the hold.</summary>
public sealed class OffersTests
{
    [Fact]
    public void Providers_that_list_a_model_and_those_that_it_names_all_offer_it()
    {
        var providers = new ProvidersOptions();
        providers.Providers["holysheep"] = new ProviderOptions();
        providers.Providers["b"] = new ProviderOptions
        {
            Models = { "gpt-4.1" },
            Weight = 3,
            Priority = 1,
            Apis = [UpstreamApi.Messages, UpstreamApi.Embeddings, UpstreamApi.Chat],
        };
        providers.Providers["c"] = new ProviderOptions { Models = { "other", "gpt-4.1" } };
        var options = new CatalogOptions();
        options.Models["gpt-4.1"] = new ModelOptions
        {
            UpstreamModel = "gpt",
            Prices = { new PriceOptions { Input = 2, Output = 8 } },
            Offers =
            {
                ["c"] = new OfferOptions { UpstreamModel = "gpt-of-c", Weight = 0, Prices = { new PriceOptions { Input = 1, Output = 4 } } },
                ["d"] = new OfferOptions { Priority = 2 },
            },
        };

        var model = CatalogBuilder.Build(options, providers, "holysheep").Models["gpt-4.1"];

        Assert.Equal([("b", "gpt", 1, 3), ("c", "gpt-of-c", 0, 0), ("d", "gpt", 2, 1)], model.Offers.Select(o => (o.Provider, o.UpstreamModel, o.Priority, o.Weight)));
        Assert.Equal([UpstreamApi.Chat, UpstreamApi.Messages], model.Offers[0].Apis);
        Assert.Equal([8m, 4m, 8m], model.Offers.Select(o => model.PriceAt(o, DateTimeOffset.UnixEpoch)!.OutputUsdPerMillion.Usd));
        Assert.Equal(["holysheep"], CatalogBuilder.Build(options, providers, "holysheep").Models["deepseek-v3.2"].Offers.Select(o => o.Provider));
    }

    [Fact]
    public void What_the_release_before_told_of_a_model_is_one_offer_and_it_is_told_the_first_of_several()
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer<CatalogModel>>();
        var model = Catalogs.Shipped().WithOffers("gpt-4.1", Catalogs.Offer("a"), Catalogs.Offer("b", 1, 5, 6)).Models["gpt-4.1"];

        var read = serializer.Deserialize(serializer.SerializeToArray(model))!;
        Assert.Equal(model.Offers[1], read.Offers[1] with { Prices = model.Offers[1].Prices });
        Assert.Equal(6, read.PriceAt(read.Offers[1], DateTimeOffset.UnixEpoch)!.OutputUsdPerMillion.Usd);

        // The release before knows none of the offers, only what stood in their place.
        typeof(CatalogModel)
            .GetProperty("AllOffers", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!
            .SetValue(model, default(System.Collections.Immutable.ImmutableArray<ModelOffer>));
        var before = serializer.Deserialize(serializer.SerializeToArray(model))!;
        Assert.Equal(new ModelOffer { Provider = "a", UpstreamModel = "a's" }, Assert.Single(before.Offers));
    }

    [Fact]
    public void A_hold_covers_every_offer_and_takes_the_dearest()
    {
        var tenant = new TestTenant
        {
            Catalog = Catalogs.Shipped().WithOffers("gpt-4.1", Catalogs.Offer("a"), Catalogs.Offer("b", 1, output: 16), Catalogs.Offer("c", 2, output: 1)),
        };

        var plan = tenant.Granted(tenant.Request(bytes: 1_000, output: 100));

        Assert.Equal([("a", "a's", "2026-01-01"), ("b", "b's", "at-16"), ("c", "c's", "at-1")], plan.Targets.Select(t => (t.Provider, t.UpstreamModel, t.Price.Version)));
        Assert.Equal(Money.FromUsd(0.004m + 0.0016m), plan.Held);
    }

    [Fact]
    public void An_offer_that_the_money_left_does_not_cover_is_passed_over_for_one_that_it_does()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 0.003m))
        {
            Catalog = Catalogs.Shipped().WithOffers(
                "gpt-4.1", Catalogs.Offer("dear", output: 16), Catalogs.Offer("cheap", 1, output: 4), Catalogs.Offer("free", 2, output: 0)),
        };

        Assert.Equal(["cheap", "free"], tenant.Granted(tenant.Request(bytes: 1_000, output: 100)).Targets.Select(t => t.Provider));
        var denied = Assert.IsType<ReservationOutcome.BudgetSpent>(
            new TestTenant(TestTenant.Policy(monthlyUsd: 0.001m)) { Catalog = tenant.Catalog.WithOffers("gpt-4.1", Catalogs.Offer("dear", output: 16)) }
                .Reserve(tenant.Request(bytes: 1_000, output: 100)));
        Assert.Equal(Money.FromUsd(0.0056m), denied.Needed);
    }

    [Fact]
    public void Offers_share_requests_and_a_hold_asked_for_again_covers_them_all()
    {
        var tenant = new TestTenant { Catalog = Catalogs.Shipped().WithOffers("gpt-4.1", Catalogs.Offer("a", weight: 1), Catalogs.Offer("b", weight: 1)) };

        var first = Enumerable.Range(0, 100).Select(_ => tenant.Granted(tenant.Request()).Targets[0].Provider).ToList();
        Assert.InRange(first.Count(p => p == "a"), 30, 70);
        var request = tenant.Request();
        Assert.Equal(2, tenant.Granted(request).Targets.Length);
        Assert.Equal(2, tenant.Granted(request).Targets.Length);
    }
}
