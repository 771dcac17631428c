using System.Collections.Concurrent;

namespace OrleansGateway.Soak;

/// <summary>Places calls at a steady rate, whether earlier ones are answered or not, at any silo, up or down; now and then a caller hangs up.</summary>
internal sealed class LoadGenerator(Cluster cluster, IReadOnlyList<SoakCaller> callers, SoakOptions options, TimeProvider time)
{
    // What a client machine could hold open; above it, calls wait for the next beat.
    private const int MostAtOnce = 400;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    // A client with a key asks again, at last when its first hold is sure to have ended.
    private readonly TimeSpan[] _retries =
        [TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10), options.HoldLife, TimeSpan.FromSeconds(15)];

    private readonly ConcurrentBag<ClientCall> _calls = [];
    private readonly CallMix _mix = new(new Random(options.Seed));
    private readonly Random _random = new(options.Seed ^ 0x5eed);
    private int _open;

    /// <summary>Every call that has ended.</summary>
    public IReadOnlyCollection<ClientCall> Calls => _calls;

    /// <summary>Goes on until it is cancelled; then completes when the last call has ended.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var under = new ConcurrentDictionary<Task, bool>();
        var owed = 0.0;
        var last = time.GetTimestamp();
        using var timer = new PeriodicTimer(Beat, time);
        while (!stop.IsCancellationRequested)
        {
            var now = time.GetTimestamp();
            owed = Math.Min(owed + (time.GetElapsedTime(last, now).TotalSeconds * options.Rate), options.Rate);
            last = now;
            for (; owed >= 1 && Volatile.Read(ref _open) < MostAtOnce; owed--)
            {
                var call = PlaceAsync(callers[_random.Next(callers.Count)], cluster.Silos[_random.Next(cluster.Silos.Count)], _mix.Next(), Patience());
                under[call] = true;
                _ = call.ContinueWith(done => under.TryRemove(done, out _), TaskScheduler.Default);
            }
            try
            {
                await timer.WaitForNextTickAsync(stop);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
        await Task.WhenAll(under.Keys);
    }

    private TimeSpan? Patience() => _random.Next(30) == 0 ? TimeSpan.FromMilliseconds(_random.Next(5, 400)) : null;

    private async Task PlaceAsync(SoakCaller caller, SiloNode silo, CallPlan plan, TimeSpan? patience)
    {
        var call = await PlaceOnceAsync(caller, silo, plan, patience);
        foreach (var pause in _retries)
        {
            if (!call.WantsRetry) return;
            await Task.Delay(pause, time);
            call = await PlaceOnceAsync(caller, cluster.Silos[plan.Number % cluster.Silos.Count], plan, patience: null);
        }
    }

    private async Task<ClientCall> PlaceOnceAsync(SoakCaller caller, SiloNode silo, CallPlan plan, TimeSpan? patience)
    {
        Interlocked.Increment(ref _open);
        using var hangUp = patience is { } limit ? new CancellationTokenSource(limit, time) : null;
        var call = await caller.PlaceAsync(silo.Http, plan, silo.Name, hangUp?.Token ?? default);
        _calls.Add(call);
        Interlocked.Decrement(ref _open);
        return call;
    }
}
