namespace OrleansGateway;

/// <summary>Calls a grain, and once more when its process was lost, full or out of date. For idempotent calls only.</summary>
internal static class GrainCall
{
    // Long enough for a directory to learn of a silo that said goodbye.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static Task<TResult> OnceMoreAsync<TState, TResult>(TState state, Func<TState, Task<TResult>> call, TimeProvider time)
    {
        var first = call(state);
        return first.IsCompletedSuccessfully ? first : WatchAsync(first, state, call, time);
    }

    private static async Task<TResult> WatchAsync<TState, TResult>(Task<TResult> first, TState state, Func<TState, Task<TResult>> call, TimeProvider time)
    {
        try
        {
            return await first;
        }
        catch (Exception e) when (Faults.IsTransient(e))
        {
            await Task.Delay(Pause, time);
        }

        return await call(state);
    }
}
