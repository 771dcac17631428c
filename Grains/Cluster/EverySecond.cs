namespace OrleansGateway;

/// <summary>What a silo does every second while it is active, the first time at once. That it fails is told once, until it succeeds again.</summary>
internal abstract class EverySecond(TimeProvider time) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        GetType().Name,
        ServiceLifecycleStage.Active,
        _ =>
        {
            _running = RunAsync(_stop.Token);
            return Task.CompletedTask;
        },
        async _ =>
        {
            await _stop.CancelAsync();
            await _running;
        });

    public void Dispose() => _stop.Dispose();

    /// <summary>Does it.</summary>
    /// <param name="second">How often it was done before.</param>
    protected abstract Task DoAsync(int second);

    /// <summary>Logs that it failed.</summary>
    protected abstract void LogFailed(string reason);

    private async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Period, time);
        var told = false;
        try
        {
            for (var second = 0; second == 0 || await timer.WaitForNextTickAsync(stop); second++)
            {
                try
                {
                    await DoAsync(second);
                    told = false;
                }
                catch (Exception e) when (!stop.IsCancellationRequested)
                {
                    // Also a call of a grain that was cancelled, as those are that wait for a grain that does not start.
                    if (!told) LogFailed(e.Message);
                    told = true;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }
}
