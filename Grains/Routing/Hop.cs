namespace OrleansGateway;

/// <summary>One way to serve a request: a model at one of its providers, and what that costs.</summary>
internal readonly record struct Hop(CatalogModel Model, ModelOffer Offer, PriceCard Price)
{
    /// <summary>As the pool is told.</summary>
    public PlanTarget ToTarget() => new(Offer.Provider, Model.Id, Offer.UpstreamModel, Price, Model.MaxOutputTokens, Model.Reasoning);

    /// <summary>A model's hops for an API at an instant, in no order.</summary>
    public static IEnumerable<Hop> Of(CatalogModel model, UpstreamApi api, DateTimeOffset at)
    {
        foreach (var offer in model.Offers)
            if (model.IsOffered(offer, api) && model.PriceAt(offer, at) is { } price) yield return new Hop(model, offer, price);
    }
}
