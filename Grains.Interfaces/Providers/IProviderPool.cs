namespace OrleansGateway;

/// <summary>
/// The pool as a web front sees it: that of the silo in this process, called as an object is called, or those of all silos of the cluster, through <see cref="IProviderGrain"/>.
/// </summary>
public interface IProviderPool
{
    /// <summary>
    /// As <see cref="IProviderGrain.Complete"/>. The token tells that the caller has gone: a request that waits for its turn ends, what is being sent goes on. Throws
    /// <see cref="TimeoutException"/> when the silo that made the call is lost.
    /// </summary>
    Task<ProviderAnswer> CompleteAsync(ProviderPlan plan, UpstreamRequest request, CancellationToken gone);

    /// <summary>As <see cref="CompleteAsync"/>, for <see cref="IProviderGrain.Stream"/>.</summary>
    Task<ProviderAnswer> StreamAsync(ProviderPlan plan, UpstreamRequest request, IChunkSink sink, CancellationToken gone);

    /// <summary>As <see cref="IProviderGrain.Replay"/>; idempotent.</summary>
    Task<ReplayedAnswer?> ReplayAsync(string tenantId, HoldId hold, PostingReceipt receipt);
}
