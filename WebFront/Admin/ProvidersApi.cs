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
            .OrderBy(model => model.Provider, StringComparer.Ordinal).ThenBy(model => model.Id, StringComparer.Ordinal)
            .Select(model => TargetJson.Of(model, called.GetValueOrDefault((model.Provider, model.Id))))]));
    }
}
