namespace OrleansGateway;

/// <summary>
/// The pool as a web front sees it: that of the silo in this process, called as an object is called, or those of all silos of the cluster, through <see cref="IProviderGrain"/>.
/// </summary>
public interface IProviderPool
{
    /// <summary>
    /// As <see cref="IProviderGrain.Serve"/>. The token tells that the caller has gone: a request for which nothing was called yet ends, what is being sent goes on. Throws
    /// <see cref="NotCalledException"/> when nothing was called, and <see cref="TimeoutException"/> when the silo that made the call is lost.
    /// </summary>
    Task<PoolAnswer> ServeAsync(PoolCall asked, IChunkSink? sink, CancellationToken gone);
}
