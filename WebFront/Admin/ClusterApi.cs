namespace OrleansGateway.Admin;

/// <summary>The cluster's silos: <c>/cluster</c>.</summary>
internal sealed class ClusterApi(IGrainFactory grains)
{
    public async Task<IResult> GetAsync(HttpRequest request) =>
        new AdminQuery(request).Problem is { } wrongQuery ? wrongQuery : AdminAnswer.Ok(await grains.GetGrain<IClusterGrain>(0).Describe());
}
