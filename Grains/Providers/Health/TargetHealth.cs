using System.Collections.Concurrent;
using Polly.CircuitBreaker;

namespace OrleansGateway;

/// <summary>One upstream's model as this silo sees it.</summary>
internal sealed class TargetHealth(string provider, string model, PoolTime time)
{
    private readonly LastMinute _minute = new(time);
    private readonly Resting _rest = new(time);
    private readonly ConcurrentDictionary<string, LaneHealth> _lanes = new(StringComparer.Ordinal);
    private int _inFlight;

    public string Provider => provider;

    public string Model => model;

    /// <summary>What its circuit says of itself.</summary>
    public CircuitBreakerStateProvider Circuit { get; } = new();

    /// <summary>Closes it.</summary>
    public CircuitBreakerManualControl CircuitControl { get; } = new();

    /// <summary>The same as a number: 0 closed, 1 half-open, 2 open.</summary>
    public int CircuitNumber => Circuit.CircuitState switch { CircuitState.Closed => 0, CircuitState.HalfOpen => 1, _ => 2 };

    public RetryBudget Retries { get; } = new();

    /// <summary>How fast it answers at present.</summary>
    public LiveLatency Latency { get; } = new(time);

    /// <summary>Calls under way.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Whether it is left alone, until when and why; null when it may be called.</summary>
    public TargetRest? Rest => _rest.Now;

    /// <summary>The lanes that were used, by the names of their keys.</summary>
    public IEnumerable<KeyValuePair<string, LaneHealth>> Lanes => _lanes;

    /// <summary>The lane of one of the provider's keys.</summary>
    public LaneHealth Lane(string key) => _lanes.TryGetValue(key, out var known) ? known : _lanes.GetOrAdd(key, static (_, time) => new LaneHealth(time), time);

    /// <summary>Leaves it alone until then, or for longer if that was said before.</summary>
    /// <param name="until">When it may be called again.</param>
    /// <param name="kind">Why not before.</param>
    public void LeaveAlone(DateTimeOffset until, UpstreamFailureKind kind) => _rest.Begin(new TargetRest(provider, model, until, kind));

    public void OnBegun()
    {
        Interlocked.Increment(ref _inFlight);
    }

    /// <summary>An answer's headers came.</summary>
    public void OnHeaders(TimeSpan latency) => _minute.OnHeaders(latency);

    /// <summary>An answer has begun to come: a circuit that was tried with it closes now, and not when a long answer has ended.</summary>
    public void OnFlowing()
    {
        if (Circuit.CircuitState == CircuitState.HalfOpen) _ = CircuitControl.CloseAsync();
    }

    public void OnEnded(string outcome)
    {
        Interlocked.Decrement(ref _inFlight);
        _minute.OnEnded(outcome);
    }

    public void OnSpent(Money amount) => _minute.OnSpent(amount);

    public TargetReport Report()
    {
        var (outcomes, latencies, spent) = _minute.Sum();
        return new TargetReport
        {
            Provider = provider,
            Model = model,
            Circuit = Circuit.CircuitState switch { CircuitState.Closed => "closed", CircuitState.HalfOpen => "halfOpen", _ => "open" },
            Rest = Rest,
            InFlight = InFlight,
            Outcomes = outcomes,
            Latencies = latencies,
            Spent = spent,
            RetriesLeft = Retries.Left,
        };
    }
}
