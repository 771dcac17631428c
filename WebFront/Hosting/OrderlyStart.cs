namespace OrleansGateway;

/// <summary>A start during which the process may be told to stop, which is no fault: it waits for Redis, the API server or the cluster as long as it takes.</summary>
internal static class OrderlyStart
{
    /// <summary>False when the process was told to stop before it had started.</summary>
    public static async Task<bool> TryStartAsync(this WebApplication app)
    {
        try
        {
            await app.StartAsync();
            return true;
        }
        catch (Exception e) when (app.Lifetime.ApplicationStopping.IsCancellationRequested && IsCalledOff(e))
        {
            // Whoever built it takes it apart: half a silo cannot be stopped.
            return false;
        }
    }

    private static bool IsCalledOff(Exception exception) =>
        exception is OperationCanceledException or OrleansLifecycleCanceledException || (exception.InnerException is { } inner && IsCalledOff(inner));
}
