using Orleans.Concurrency;

namespace OrleansGateway;

/// <summary>
/// The pool, as a grain. A call leaves the grain's scheduler at once: it touches no state of the grain, so none of its many small steps need
/// wait for a turn. No cancellation comes in: the upstream is read and posted for callers who have gone, too.
/// </summary>
[GrainType("provider"), StatelessWorker(MaxLocalWorkers, removeIdleWorkers: false), Reentrant]
internal sealed class ProviderGrain(IProviderPool pool, FrontCalls fronts) : Grain, IProviderGrain
{
    private const int MaxLocalWorkers = 16;

    public Task<PoolAnswer> Serve(PoolCall asked, IChunkSink? sink, ICallWatch watch)
    {
        // Before anything that is told of the call can come.
        var front = fronts.Begin(asked.RequestId, watch);
        return Task.Run(() => ServeAsync(asked, sink, front));
    }

    public Task Leave(string requestId)
    {
        fronts.Leave(requestId);
        return Task.CompletedTask;
    }

    private async Task<PoolAnswer> ServeAsync(PoolCall asked, IChunkSink? sink, FrontCalls.Call front)
    {
        try
        {
            return await pool.ServeAsync(asked, sink, front.Gone);
        }
        catch (OrleansMessageRejectionException e)
        {
            // The front would take it for its own message, which no worker has seen, and send that again.
            throw new OrleansException("A message that the call depended on was turned back.", e);
        }
        finally
        {
            front.Dispose();
        }
    }
}
