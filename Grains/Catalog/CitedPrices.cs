using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>What each version of a model's price has meant at each provider: postings cite it, so it means the same for ever. The first that is added counts.</summary>
internal sealed class CitedPrices
{
    private readonly Dictionary<(string Model, string? Provider, string Version), CitedPrice> _prices = [];

    public CitedPrices(IEnumerable<CitedPrice>? kept = null) => Add(kept ?? []);

    /// <summary>All of them, as they are kept.</summary>
    public ImmutableArray<CitedPrice> All => [.. _prices.Values];

    /// <summary>The prices by which a model's calls are charged, and where they stand in it: its own, and those of each offer.</summary>
    public static IEnumerable<(CitedPrice Price, string Path)> Of(CatalogModel model)
    {
        foreach (var priced in Cards(model, null, model.Prices, "prices")) yield return priced;
        if (model.Offers.IsDefault) yield break;
        for (var i = 0; i < model.Offers.Length; i++)
        {
            var (offer, hasOwn) = (model.Offers[i], !model.Offers[i].Prices.IsDefaultOrEmpty);
            foreach (var priced in Cards(model, offer.Provider, hasOwn ? offer.Prices : model.Prices, hasOwn ? $"offers[{i}].prices" : "prices")) yield return priced;
        }
    }

    public CitedPrices Add(IEnumerable<CitedPrice> prices)
    {
        foreach (var price in prices) _prices.TryAdd(KeyOf(price), price);
        return this;
    }

    public CitedPrices Add(IEnumerable<CatalogModel> models) => Add(models.SelectMany(Of).Select(priced => priced.Price));

    /// <summary>What a price's version has meant so far; null when it is new.</summary>
    public PriceCard? Find(CitedPrice price) => _prices.GetValueOrDefault(KeyOf(price))?.Card;

    private static IEnumerable<(CitedPrice Price, string Path)> Cards(CatalogModel model, string? provider, ImmutableArray<PriceCard> cards, string path) =>
        cards.IsDefault ? [] : cards.Select((card, i) => (new CitedPrice(model.Id, provider, card), $"{path}[{i}]"));

    private static (string Model, string? Provider, string Version) KeyOf(CitedPrice price) => (price.Model, price.Provider, price.Card.Version);
}

/// <summary>A price that postings may cite.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Provider">At which provider; null for the price of the model itself.</param>
/// <param name="Card">Its version and numbers.</param>
internal sealed record CitedPrice(string Model, string? Provider, PriceCard Card);
