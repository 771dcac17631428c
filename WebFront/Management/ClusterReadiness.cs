namespace OrleansGateway;

/// <summary>Ready when the cluster answers: any silo's copy of the catalog will do.</summary>
internal sealed class ClusterReadiness(IGrainFactory grains) : IReadinessCheck
{
    /// <inheritdoc/>
    public string NoAnswer => "the cluster does not answer";

    /// <inheritdoc/>
    public async ValueTask<string?> WhyNotAsync(CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<ICatalogGrain>(0).Current();
            return null;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return NoAnswer;
        }
    }
}
