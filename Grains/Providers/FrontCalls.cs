using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>The calls of web fronts in other processes: these are told every second that theirs are alive, and tell when a caller has gone.</summary>
internal sealed class FrontCalls(TimeProvider time) : IDisposable
{
    /// <summary>How often a front hears of its calls.</summary>
    public static readonly TimeSpan TellPeriod = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Call> _calls = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private ITimer? _telling;

    /// <summary>A call, until it is disposed of.</summary>
    public Call Begin(string requestId, ICallWatch watch)
    {
        if (_telling is null) StartTelling();
        return _calls[requestId] = new Call(this, requestId, watch);
    }

    /// <summary>The caller of a request has gone; of one that is not under way, nothing comes of it.</summary>
    public void Leave(string requestId)
    {
        if (_calls.TryGetValue(requestId, out var call)) call.Leave();
    }

    public void Dispose() => _telling?.Dispose();

    private void StartTelling()
    {
        lock (_lock) _telling ??= time.CreateTimer(_ => Tell(), null, TellPeriod, TellPeriod);
    }

    // Each front by one message, whatever the number of its calls.
    private void Tell()
    {
        foreach (var calls in _calls.Values.GroupBy(call => call.Watch, call => call.RequestId)) _ = TellAsync(calls.Key, [.. calls]);
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

    /// <summary>One call; a request may have made another before, whose end takes nothing from this one.</summary>
    internal sealed class Call(FrontCalls calls, string requestId, ICallWatch watch) : IDisposable
    {
        // Has no timer and no handle, so there is nothing to dispose of; its token may be asked when the call has ended.
        private readonly CancellationTokenSource _gone = new();

        public string RequestId => requestId;

        public ICallWatch Watch => watch;

        /// <summary>Tells that the caller has gone.</summary>
        public CancellationToken Gone => _gone.Token;

        public void Leave() => _gone.Cancel();

        public void Dispose() => calls._calls.TryRemove(KeyValuePair.Create(requestId, this));
    }
}
