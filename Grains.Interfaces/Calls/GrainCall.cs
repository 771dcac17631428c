namespace OrleansGateway;

/// <summary>
/// Calls a grain, and again when its message was turned back, for about as long as a silo that leaves takes to hand a grain over; once more when its process
/// was lost, full or out of date. For idempotent calls only.
/// </summary>
public static class GrainCall
{
    // Each twice the one before: a directory learns at once of a silo that said goodbye, and after a moment of where its grains went.
    private static readonly TimeSpan[] Pauses = [.. Enumerable.Range(0, 6).Select(n => TimeSpan.FromMilliseconds(50 << n))];

    /// <summary>Calls, and again while that may help; throws what the last call threw.</summary>
    /// <param name="state">What the call is handed.</param>
    /// <param name="call">The call; it must be idempotent.</param>
    /// <param name="time">What the pauses between calls are measured by.</param>
    public static Task<TResult> RepeatAsync<TState, TResult>(TState state, Func<TState, Task<TResult>> call, TimeProvider time)
    {
        var first = call(state);
        return first.IsCompletedSuccessfully ? first : WatchAsync(first, state, call, time);
    }

    private static async Task<TResult> WatchAsync<TState, TResult>(Task<TResult> first, TState state, Func<TState, Task<TResult>> call, TimeProvider time)
    {
        var current = first;
        for (var before = 0; ; before++)
        {
            try
            {
                return await current;
            }
            catch (Exception e) when (GrainFaults.IsTransient(e) && before < (GrainFaults.IsTurnedBack(e) ? Pauses.Length : 1))
            {
                await Task.Delay(Pauses[before], time);
            }

            current = call(state);
        }
    }
}
