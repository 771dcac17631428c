using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// Watches the pool's calls from a process without silo. A call of which no silo has said for a while that it is under way is lost: its silo died,
/// or nothing ever reached one. Its caller is told then, instead of at the response time-out.
/// </summary>
internal sealed class CallWatch(IGrainFactory grains, TimeProvider time) : ICallWatch, IDisposable
{
    /// <summary>How long a call may be silent: some ten signs of life, for a silo that is short of processor time must not lose its calls.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    /// <summary>How long a call may still be silent once a connection to a silo was lost: those that it did not carry are heard of before.</summary>
    public static readonly TimeSpan SilenceAfterLoss = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Watched> _calls = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private ICallWatch? _reference;
    private ITimer? _looking;
    private long _lossAt;

    /// <summary>What the pool is given to tell it of the calls' life.</summary>
    public ICallWatch Reference
    {
        get
        {
            if (_reference is { } known) return known;
            lock (_gate)
            {
                _looking ??= time.CreateTimer(_ => Look(), null, LookPeriod, LookPeriod);
                return _reference ??= grains.CreateObjectReference<ICallWatch>(this);
            }
        }
    }

    /// <summary>The call's answer; throws <see cref="TimeoutException"/> when it was silent for too long.</summary>
    public async Task<T> WatchAsync<T>(string requestId, Task<T> call)
    {
        if (call.IsCompleted) return await call;
        var watched = new Watched { HeardAt = time.GetTimestamp() };
        _calls[requestId] = watched;
        try
        {
            if (await Task.WhenAny(call, watched.Lost) == call) return await call;
            _ = call.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw new TimeoutException($"No silo has said for too long that it is making the call.");
        }
        finally
        {
            _calls.TryRemove(requestId, out _);
        }
    }

    /// <inheritdoc/>
    public Task Alive(ImmutableArray<string> requestIds)
    {
        var now = time.GetTimestamp();
        foreach (var id in requestIds)
            if (_calls.TryGetValue(id, out var call)) call.HeardAt = now;
        return Task.CompletedTask;
    }

    /// <summary>A connection to some silo was lost.</summary>
    public void OnGatewayLost() => Interlocked.Exchange(ref _lossAt, time.GetTimestamp());

    public void Dispose() => _looking?.Dispose();

    private void Look()
    {
        var lossAt = Interlocked.Read(ref _lossAt);
        var lossTells = lossAt != 0 && time.GetElapsedTime(lossAt) >= SilenceAfterLoss;
        foreach (var call in _calls.Values)
            if (time.GetElapsedTime(call.HeardAt) >= Silence || (lossTells && call.HeardAt <= lossAt)) call.Lose();
    }

    private sealed class Watched
    {
        private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _heardAt;

        public long HeardAt
        {
            get => Volatile.Read(ref _heardAt);
            set => Volatile.Write(ref _heardAt, value);
        }

        public Task Lost => _lost.Task;

        public void Lose() => _lost.TrySetResult();
    }
}
