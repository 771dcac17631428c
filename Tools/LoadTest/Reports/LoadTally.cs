using System.Collections.Concurrent;

namespace OrleansGateway.LoadTest;

/// <summary>Adds up what became of the calls that were due after the warm-up. Any thread may add to it.</summary>
/// <param name="warmUp">Calls due before it has passed are not counted.</param>
internal sealed class LoadTally(TimeSpan warmUp)
{
    private readonly ConcurrentDictionary<string, int> _errors = new(StringComparer.Ordinal);
    private int _calls;
    private int _answered;
    private int _wrong;
    private long _events;
    private int _fewest = int.MaxValue;
    private int _most;

    /// <summary>From when a call was due to the end of its answer: what a caller waits, the generator's own delay included.</summary>
    public Latencies Waited { get; } = new();

    /// <summary>From when a stream was due to its first event.</summary>
    public Latencies FirstEvent { get; } = new();

    /// <summary>How late the generator placed calls.</summary>
    public Latencies Lag { get; } = new();

    public int Calls => _calls;

    public int Answered => _answered;

    /// <summary>Calls that ended neither in an answer nor in a refusal that says when to come again.</summary>
    public int Wrong => _wrong;

    /// <summary>Events of the streams that were answered.</summary>
    public long Events => _events;

    public int FewestEvents => _answered == 0 ? 0 : _fewest;

    public int MostEvents => _most;

    /// <summary>How often each error occurred, the most frequent first.</summary>
    public IEnumerable<KeyValuePair<string, int>> Errors => _errors.OrderByDescending(error => error.Value).ThenBy(error => error.Key, StringComparer.Ordinal);

    public void Add(in CallOutcome call)
    {
        if (call.Due < warmUp) return;
        Interlocked.Increment(ref _calls);
        Lag.Add(call.Sent - call.Due);
        if (call.Error is { } error)
        {
            _errors.AddOrUpdate(error, 1, (_, count) => count + 1);
            if (!call.RefusedProperly) Interlocked.Increment(ref _wrong);
            return;
        }

        Interlocked.Increment(ref _answered);
        Interlocked.Add(ref _events, call.Events);
        Waited.Add(call.Ended - call.Due);
        if (call.FirstEvent is { } first) FirstEvent.Add(first - call.Due);
        Widen(ref _fewest, call.Events, Math.Min);
        Widen(ref _most, call.Events, Math.Max);
    }

    private static void Widen(ref int bound, int value, Func<int, int, int> choose)
    {
        for (var seen = Volatile.Read(ref bound); choose(seen, value) != seen;)
        {
            var found = Interlocked.CompareExchange(ref bound, value, seen);
            if (found == seen) return;
            seen = found;
        }
    }
}
