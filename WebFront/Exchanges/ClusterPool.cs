namespace OrleansGateway;

/// <summary>
/// The pool, as the web front sees it. With a silo in this process, that silo's workers. Otherwise those of all silos: a client of the cluster sends
/// everything for one key to the silo it chose when it first used that key, so calls take turns over many keys, and over new ones when a silo came or went.
/// </summary>
/// <param name="grains">Where workers are looked up.</param>
/// <param name="time">The clock of pauses.</param>
/// <param name="watch">Watches the calls; null where a silo is in this process, and ends with it.</param>
internal sealed class ProviderPool(IGrainFactory grains, TimeProvider time, CallWatch? watch = null)
{
    private const int KeysOfAClient = 64;
    private const int CallsOfATurnedBackMessage = 3;

    private static readonly TimeSpan PauseAfterRejection = TimeSpan.FromMilliseconds(100);

    private IProviderGrain[] _workers = [];
    private long _firstKey;
    private int _turn;

    /// <summary>A worker of the pool.</summary>
    public IProviderGrain Grain
    {
        get
        {
            var workers = _workers;
            if (workers.Length == 0) workers = Renew();
            return workers.Length == 1 ? workers[0] : workers[(uint)Interlocked.Increment(ref _turn) % (uint)workers.Length];
        }
    }

    /// <summary>As <see cref="IProviderGrain.Complete"/>; throws <see cref="TimeoutException"/> too when its silo is lost.</summary>
    public Task<ProviderAnswer> CompleteAsync(ProviderPlan plan, UpstreamRequest request, CancellationToken gone) => CallAsync(
        plan.Hold.RequestId, grain => grain.Complete(plan, request, watch?.Reference), gone);

    /// <summary>As <see cref="IProviderGrain.Stream"/>; throws <see cref="TimeoutException"/> too when its silo is lost.</summary>
    public async Task<ProviderAnswer> StreamAsync(ProviderPlan plan, UpstreamRequest request, IChunkSink sink, CancellationToken gone)
    {
        var reference = grains.CreateObjectReference<IChunkSink>(sink);
        try
        {
            return await CallAsync(plan.Hold.RequestId, grain => grain.Stream(plan, request, reference, watch?.Reference), gone);
        }
        finally
        {
            grains.DeleteObjectReference<IChunkSink>(reference);
        }
    }

    /// <summary>Silos came or went: those that are here now share the calls that follow.</summary>
    public void OnSilosChanged() => _workers = []; // which exist only once the client has learned of the cluster's grains

    /// <summary>
    /// Calls a worker, tells it when the caller goes, and calls another one when the message to another process was turned back: then no worker has seen it. A silo that ended with
    /// the call in it is another matter.
    /// </summary>
    private async Task<ProviderAnswer> CallAsync(string requestId, Func<IProviderGrain, Task<ProviderAnswer>> call, CancellationToken gone)
    {
        for (var left = CallsOfATurnedBackMessage; ; left--)
        {
            var grain = Grain;
            using var leaving = gone.UnsafeRegister(static state => ((Leaving)state!).Tell(), new Leaving(grain, requestId));
            try
            {
                return await (watch is null ? call(grain) : watch.WatchAsync(requestId, call(grain)));
            }
            catch (OrleansMessageRejectionException e) when (watch is not null && left > 1 && e is not SiloUnavailableException)
            {
                await Task.Delay(PauseAfterRejection, time, CancellationToken.None);
            }
        }
    }

    private IProviderGrain[] Renew()
    {
        var count = watch is null ? 1 : KeysOfAClient;
        var first = Interlocked.Add(ref _firstKey, count) - count;
        var workers = new IProviderGrain[count];
        for (var i = 0; i < count; i++) workers[i] = grains.GetGrain<IProviderGrain>(first + i);
        return _workers = workers;
    }

    private sealed record Leaving(IProviderGrain Grain, string RequestId)
    {
        public void Tell() => Grain.Leave(RequestId).Ignore();
    }
}
