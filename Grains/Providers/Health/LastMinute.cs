using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>What the last minute was like: six slices of ten seconds, of which the oldest is forgotten as a new one begins.</summary>
internal sealed class LastMinute(TimeProvider time)
{
    private const int Slices = 6;
    private static readonly TimeSpan SliceLength = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Slice[] _slices = [.. Enumerable.Range(0, Slices).Select(_ => new Slice())];

    /// <summary>An attempt ended.</summary>
    public void OnEnded(string outcome)
    {
        lock (_lock)
        {
            var outcomes = Now().Outcomes;
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }
    }

    /// <summary>An answer's headers came.</summary>
    public void OnHeaders(TimeSpan latency)
    {
        lock (_lock) Now().Latencies[LatencyBuckets.Of(latency)]++;
    }

    /// <summary>Something was booked.</summary>
    public void OnSpent(Money amount)
    {
        lock (_lock) Now().Spent += amount;
    }

    /// <summary>All of it.</summary>
    public (ImmutableDictionary<string, long> Outcomes, ImmutableArray<long> Latencies, Money Spent) Sum()
    {
        lock (_lock)
        {
            var oldest = Number() - Slices + 1;
            var outcomes = ImmutableDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
            var latencies = new long[LatencyBuckets.Count];
            var spent = Money.Zero;
            foreach (var slice in _slices)
            {
                if (slice.Number < oldest) continue;
                foreach (var (outcome, count) in slice.Outcomes) outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + count;
                for (var i = 0; i < latencies.Length; i++) latencies[i] += slice.Latencies[i];
                spent += slice.Spent;
            }
            return (outcomes.ToImmutable(), [.. latencies], spent);
        }
    }

    private long Number() => (long)(time.GetElapsedTime(0) / SliceLength);

    private Slice Now()
    {
        var number = Number();
        var slice = _slices[number % Slices];
        if (slice.Number != number) slice.Clear(number);
        return slice;
    }

    private sealed class Slice
    {
        public long Number { get; private set; } = -1;

        public Dictionary<string, long> Outcomes { get; } = new(StringComparer.Ordinal);

        public long[] Latencies { get; } = new long[LatencyBuckets.Count];

        public Money Spent { get; set; }

        public void Clear(long number)
        {
            (Number, Spent) = (number, Money.Zero);
            Outcomes.Clear();
            Array.Clear(Latencies);
        }
    }
}
