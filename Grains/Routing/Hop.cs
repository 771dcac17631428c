namespace OrleansGateway;

/// <summary>One way to serve a request: a model at one of its providers, and what that costs.</summary>
internal readonly record struct Hop(CatalogModel Model, ModelOffer Offer, PriceCard Price)
{
    /// <summary>Output tokens of an answer to whose length the caller set no limit.</summary>
    private const int UsualOutput = 1_000;

    /// <summary>Whether it is only for when others fail.</summary>
    public bool IsSpare => Offer.Weight == 0;

    /// <summary>As the pool is told.</summary>
    public PlanTarget ToTarget() => new(Offer.Provider, Model.Id, Offer.UpstreamModel, Price, Model.MaxOutputTokens, Model.Reasoning, Model.ContextTokens);

    /// <summary>What a request would about cost here; to compare by, never to hold or charge.</summary>
    public Money LikelyCost(ReservationRequest request) =>
        Price.WorstCase(TokenUsage.LikelyOf(request.InputBytes), Math.Min(request.OutputTokens ?? UsualOutput, Model.MaxOutputTokens) * (long)request.Choices);

    /// <summary>The hop of an offer for an API at an instant; false when there is none, or no price in force.</summary>
    public static bool TryOf(CatalogModel model, ModelOffer offer, UpstreamApi api, DateTimeOffset at, out Hop hop)
    {
        var price = model.IsOffered(offer, api) ? model.PriceAt(offer, at) : null;
        hop = price is null ? default : new Hop(model, offer, price);
        return price is not null;
    }

    /// <summary>Whether a model has any for an API at an instant.</summary>
    public static bool Any(CatalogModel model, UpstreamApi api, DateTimeOffset at)
    {
        foreach (var offer in model.Offers)
            if (TryOf(model, offer, api, at, out _)) return true;
        return false;
    }

    /// <summary>A model's hops for an API at an instant, in no order.</summary>
    public static IEnumerable<Hop> Of(CatalogModel model, UpstreamApi api, DateTimeOffset at)
    {
        foreach (var offer in model.Offers)
            if (TryOf(model, offer, api, at, out var hop)) yield return hop;
    }
}
