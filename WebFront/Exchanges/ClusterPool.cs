namespace OrleansGateway;

/// <summary>
/// The pool of all silos, for a process that is a client of the cluster. Such a client sends everything for one key to the silo it chose when it first used
/// that key, so calls take turns over many keys, and over new ones when a silo came or went.
/// </summary>
internal sealed class ClusterPool(IGrainFactory grains, TimeProvider time, CallWatch watch) : IProviderPool
{
    private const int KeysOfAClient = 64;
    private const int CallsOfATurnedBackMessage = 3;

    private static readonly TimeSpan PauseAfterRejection = TimeSpan.FromMilliseconds(100);

    private IProviderGrain[] _workers = [];
    private long _firstKey;
    private int _turn;

    public async Task<PoolAnswer> ServeAsync(PoolCall asked, IChunkSink? sink, CancellationToken gone)
    {
        if (sink is null) return await CallAsync(asked, null, gone);
        var reference = grains.CreateObjectReference<IChunkSink>(sink);
        try
        {
            return await CallAsync(asked, reference, gone);
        }
        finally
        {
            grains.DeleteObjectReference<IChunkSink>(reference);
        }
    }

    /// <summary>Silos came or went: those that are here now share the calls that follow.</summary>
    public void OnSilosChanged() => _workers = []; // which exist only once the client has learned of the cluster's grains

    /// <summary>The worker whose turn it is.</summary>
    internal IProviderGrain Next()
    {
        var workers = _workers;
        if (workers.Length == 0) workers = Renew();
        return workers[(uint)Interlocked.Increment(ref _turn) % (uint)workers.Length];
    }

    /// <summary>
    /// Calls a worker, tells it when the caller goes, and calls another one when the message was turned back: then no worker has seen it. A silo that ended with
    /// the call in it is another matter.
    /// </summary>
    private async Task<PoolAnswer> CallAsync(PoolCall asked, IChunkSink? sink, CancellationToken gone)
    {
        for (var left = CallsOfATurnedBackMessage; ; left--)
        {
            var grain = Next();
            var served = grain.Serve(asked, sink, watch.Reference);
            // Behind the call on the same way: that its caller has gone means nothing to a silo that does not know it yet.
            using var leaving = gone.UnsafeRegister(static state => ((Leaving)state!).Tell(), new Leaving(grain, asked.RequestId));
            try
            {
                return await watch.WatchAsync(asked.RequestId, served);
            }
            catch (OrleansMessageRejectionException e) when (e is not SiloUnavailableException)
            {
                if (left == 1) throw new NotCalledException(e);
                await Task.Delay(PauseAfterRejection, time, CancellationToken.None);
            }
        }
    }

    private IProviderGrain[] Renew()
    {
        var first = Interlocked.Add(ref _firstKey, KeysOfAClient) - KeysOfAClient;
        var workers = new IProviderGrain[KeysOfAClient];
        for (var i = 0; i < KeysOfAClient; i++) workers[i] = grains.GetGrain<IProviderGrain>(first + i);
        return _workers = workers;
    }

    private sealed record Leaving(IProviderGrain Grain, string RequestId)
    {
        public void Tell() => Grain.Leave(RequestId).Ignore();
    }
}
