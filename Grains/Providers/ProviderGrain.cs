using Orleans.Concurrency;

namespace OrleansGateway;

/// <summary>
/// The relay, as a grain. A call leaves the grain's scheduler at once: it touches no state of the grain, so none of its many small steps need
/// wait for a turn. No cancellation comes in: the upstream is read and posted for callers who have gone, too.
/// </summary>
[GrainType("provider"), StatelessWorker(MaxLocalWorkers, removeIdleWorkers: false), Reentrant]
internal sealed class ProviderGrain(UpstreamRelay relay, Turns turns) : Grain, IProviderGrain
{
    private const int MaxLocalWorkers = 16;

    public Task<ProviderAnswer> Complete(ProviderPlan plan, UpstreamRequest request, ICallWatch? watch) =>
        Task.Run(() => relay.CompleteAsync(plan, request, watch));

    public Task<ProviderAnswer> Stream(ProviderPlan plan, UpstreamRequest request, IChunkSink sink, ICallWatch? watch) =>
        Task.Run(() => relay.StreamAsync(plan, request, sink, watch));

    public Task Leave(string requestId)
    {
        turns.Leave(requestId);
        return Task.CompletedTask;
    }

    public Task<ReplayedAnswer?> Replay(string tenantId, HoldId hold, PostingReceipt receipt) => relay.ReplayAsync(tenantId, hold, receipt);
}
