using System.Collections.Immutable;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Catalogs that differ from the shipped one in what a test is about.</summary>
internal static class Catalogs
{
    public static ModelCatalog Shipped() => CatalogBuilder.Build(new CatalogOptions(), new ProvidersOptions(), "holysheep");

    /// <summary>The catalog with other offers of a model.</summary>
    public static ModelCatalog WithOffers(this ModelCatalog catalog, string model, params ImmutableArray<ModelOffer> offers) =>
        catalog.With(catalog.Models[model] with { Offers = offers });

    /// <summary>The catalog with a model in place of the one of its id.</summary>
    public static ModelCatalog With(this ModelCatalog catalog, CatalogModel model) => catalog with { Models = catalog.Models.SetItem(model.Id, model) };

    public static ModelOffer Offer(string provider, int priority = 0, int weight = 1, decimal? output = null) => new()
    {
        Provider = provider,
        UpstreamModel = $"{provider}'s",
        Priority = priority,
        Weight = weight,
        Prices = output is { } usd ? [Card(usd)] : default,
    };

    /// <summary>A price of a quarter of what output costs for input.</summary>
    public static PriceCard Card(decimal output) => new()
    {
        Version = $"at-{output}",
        EffectiveFrom = DateTimeOffset.UnixEpoch,
        InputUsdPerMillion = Money.FromUsd(output / 4),
        OutputUsdPerMillion = Money.FromUsd(output),
    };
}
