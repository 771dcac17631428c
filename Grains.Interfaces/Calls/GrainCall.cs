namespace OrleansGateway;

/// <summary>
/// Calls a grain, and again when its message was turned back, for about as long as a silo that leaves takes to hand a grain over; once more when its process
/// was lost, full or out of date. For idempotent calls only.
/// </summary>
public static class GrainCall
{
    private const int MostRepeats = 6;

    // A directory learns at once of a silo that said goodbye, and after a moment of where its grains went.
    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(1_600));

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
            catch (Exception e) when (GrainFaults.IsTransient(e) && before < (GrainFaults.IsTurnedBack(e) ? MostRepeats : 1))
            {
                await Task.Delay(Pauses.Before(before), time);
            }

            current = call(state);
        }
    }
}
