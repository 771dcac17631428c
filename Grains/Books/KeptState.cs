namespace OrleansGateway;

/// <summary>Writes small grain states.</summary>
internal static class KeptState
{
    /// <summary>
    /// Writes a new state. When that fails nobody knows whether it was written: the activation ends and the next one reads what is stored.
    /// </summary>
    public static async Task Keep<TState>(this IPersistentState<TState> state, IGrainBase grain, TState next)
    {
        state.State = next;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            grain.DeactivateOnIdle();
            throw;
        }
    }
}
