namespace OrleansGateway.Admin;

/// <summary>How the upstreams fare, model by model, over all silos: <c>/providers</c>.</summary>
internal sealed class ProvidersApi(IGrainFactory grains)
{
    public async Task<IResult> GetAsync(HttpRequest request)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        var catalog = await grains.GetGrain<ICatalogGrain>(0).Current();
        var called = (await grains.GetGrain<IPoolHealthGrain>(0).Describe()).ToDictionary(target => (target.Provider, target.Model));
        return AdminAnswer.Ok(new ProvidersJson([.. catalog.Models.Values
            .SelectMany(model => model.Offers, (model, offer) => (Model: model, Offer: offer))
            .OrderBy(target => target.Offer.Provider, StringComparer.Ordinal).ThenBy(target => target.Model.Id, StringComparer.Ordinal)
            .Select(target => TargetJson.Of(target.Model, target.Offer, called.GetValueOrDefault((target.Offer.Provider, target.Model.Id))))], catalog.Unpriced));
    }
}
