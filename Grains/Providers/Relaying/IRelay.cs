namespace OrleansGateway;

/// <summary>The way of an admitted request through its plan. Its hold ends, whatever happens.</summary>
internal interface IRelay
{
    /// <summary>
    /// Calls the plan's targets in order until one answers. The token tells that the caller has gone: a request that waits for its turn ends, what is being sent goes on.
    /// </summary>
    Task<ProviderAnswer> CompleteAsync(ProviderPlan plan, UpstreamRequest request, CancellationToken gone = default);

    /// <summary>The same for a stream, whose events are pushed to the sink unchanged and in order, with the tenant's limits for its head.</summary>
    Task<ProviderAnswer> StreamAsync(ProviderPlan plan, UpstreamRequest request, IChunkSink sink, RateLimitSnapshot limits = default, CancellationToken gone = default);

    /// <summary>An answer that was given before, with what the book says was paid for it; null when it was too large to keep.</summary>
    Task<ReplayedAnswer?> ReplayAsync(string tenantId, HoldId hold, string key, PostingReceipt receipt);
}
