namespace OrleansGateway;

/// <summary>Ready when the cluster answers: any silo's copy of the catalog will do.</summary>
internal sealed class ClusterReadiness(IGrainFactory grains, TimeProvider time) : IReadinessCheck
{
    // Health is asked by many and on an open port: one answer serves a second.
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    private Answer? _last;

    /// <inheritdoc/>
    public ValueTask<string?> WhyNotAsync(CancellationToken cancellationToken) =>
        _last is { } last && time.GetElapsedTime(last.At) < Lifetime ? new(last.WhyNot) : new(AskAsync());

    private async Task<string?> AskAsync()
    {
        string? whyNot = null;
        try
        {
            await grains.GetGrain<ICatalogGrain>(0).Current();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            whyNot = "the cluster does not answer";
        }

        _last = new Answer(whyNot, time.GetTimestamp());
        return whyNot;
    }

    private sealed record Answer(string? WhyNot, long At);
}
