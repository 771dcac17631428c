using System.Collections.Concurrent;

namespace OrleansGateway;

/// <summary>
/// What the book did not take, tried again with growing pauses until it does, for as long as this process lives. What failed together, when the store went away,
/// does not come back together. For use by many threads.
/// </summary>
internal sealed class Backlog(Random random, TimeProvider time)
{
    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));

    private readonly ConcurrentDictionary<Task, bool> _waiting = new();
    private int _count;

    /// <summary>The most that waits at once: some ten megabytes, and less than three thousand tries a second.</summary>
    public int Most { get; init; } = 10_000;

    /// <summary>How many wait.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Repeats, after a first pause, what tells whether it succeeded and never fails; completes when it did. Null, and nothing is repeated, when too many wait.</summary>
    public Task? Add(Func<Task<bool>> attempt)
    {
        if (Interlocked.Increment(ref _count) > Most)
        {
            Interlocked.Decrement(ref _count);
            return null;
        }
        var done = RepeatAsync(attempt);
        _waiting[done] = true;
        _ = done.ContinueWith(
            static (done, backlog) => ((Backlog)backlog!).Forget(done),
            this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return done;
    }

    /// <summary>Completes when none waits, or at the token's end; returns how many still do.</summary>
    public async Task<int> DrainAsync(CancellationToken cancellationToken)
    {
        while (!_waiting.IsEmpty && !cancellationToken.IsCancellationRequested)
            await Task.WhenAll(_waiting.Keys).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _waiting.Count;
    }

    private async Task RepeatAsync(Func<Task<bool>> attempt)
    {
        for (var repeat = 0; ; repeat++)
        {
            await Task.Delay(Pauses.Before(repeat, random), time);
            if (await attempt()) return;
        }
    }

    private void Forget(Task done)
    {
        _waiting.TryRemove(done, out _);
        Interlocked.Decrement(ref _count);
    }
}
