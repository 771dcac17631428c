using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// The calls that the pool is making: a silo that stops waits for them, for some have no caller any more who would; and web fronts in other processes
/// are told every second that theirs are alive.
/// </summary>
internal sealed class CallsUnderWay(TimeProvider time) : IDisposable
{
    /// <summary>How often a front hears of its calls.</summary>
    public static readonly TimeSpan TellPeriod = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Watched, ICallWatch> _watched = new();
    private readonly Lock _lock = new();
    private ITimer? _telling;
    private int _count;
    private TaskCompletionSource? _none;

    /// <summary>A call, until it is disposed of.</summary>
    public Call Begin(string requestId, ICallWatch? watch)
    {
        lock (_lock) _count++;
        if (watch is null) return new Call(this, null);
        var watched = new Watched(requestId);
        _watched[watched] = watch;
        if (_telling is null) StartTelling();
        return new Call(this, watched);
    }

    /// <summary>Completes when none is under way, at the latest at the token's end.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        Task none;
        lock (_lock)
        {
            if (_count == 0) return;
            none = (_none ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
        await none.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _telling?.Dispose();

    private void StartTelling()
    {
        lock (_lock) _telling ??= time.CreateTimer(_ => Tell(), null, TellPeriod, TellPeriod);
    }

    // Each front by one message, whatever the number of its calls.
    private void Tell()
    {
        foreach (var calls in _watched.GroupBy(pair => pair.Value, pair => pair.Key.RequestId)) _ = TellAsync(calls.Key, [.. calls]);
    }

    private static async Task TellAsync(ICallWatch watch, ImmutableArray<string> requestIds)
    {
        try
        {
            await watch.Alive(requestIds);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // A front that is gone need not hear it.
        }
    }

    private void End(Watched? watched)
    {
        if (watched is not null) _watched.TryRemove(watched, out _);
        lock (_lock)
        {
            if (--_count > 0) return;
            _none?.TrySetResult();
            _none = null;
        }
    }

    internal readonly struct Call(CallsUnderWay calls, Watched? watched) : IDisposable
    {
        public void Dispose() => calls.End(watched);
    }

    /// <summary>One call; a request may have made another before.</summary>
    internal sealed class Watched(string requestId)
    {
        public string RequestId => requestId;
    }
}
