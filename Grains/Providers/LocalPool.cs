namespace OrleansGateway;

/// <summary>The pool for a web front in this process: it calls the relay itself, so that neither a request nor an event of a stream is a message.</summary>
internal sealed class LocalPool(UpstreamRelay relay, Turns turns) : IProviderPool
{
    public async Task<ProviderAnswer> CompleteAsync(ProviderPlan plan, UpstreamRequest request, CancellationToken gone)
    {
        using var leaving = LeaveWith(plan, gone);
        return await relay.CompleteAsync(plan, request);
    }

    public async Task<ProviderAnswer> StreamAsync(ProviderPlan plan, UpstreamRequest request, IChunkSink sink, CancellationToken gone)
    {
        using var leaving = LeaveWith(plan, gone);
        return await relay.StreamAsync(plan, request, sink);
    }

    public Task<ReplayedAnswer?> ReplayAsync(string tenantId, HoldId hold, PostingReceipt receipt) => relay.ReplayAsync(tenantId, hold, receipt);

    private CancellationTokenRegistration LeaveWith(ProviderPlan plan, CancellationToken gone) =>
        gone.UnsafeRegister(static state =>
        {
            var (turns, plan) = ((Turns, ProviderPlan))state!;
            turns.Leave(plan.Hold.RequestId);
        }, (turns, plan));
}
