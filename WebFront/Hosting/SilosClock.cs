namespace OrleansGateway;

/// <summary>The time that the silos have.</summary>
internal sealed class SilosClock(IGrainFactory grains) : ISharedClock
{
    public string Name => "the silos' time";

    public Task<DateTimeOffset> NowAsync() => grains.GetGrain<IClusterGrain>(0).Now();
}

/// <summary>Keeps a web front's time in step with the silos'.</summary>
internal sealed partial class SilosClockKeeper(ClockComparison comparison, TimeProvider time, ILogger<SilosClockKeeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(ClockComparison.Period, time);
        var told = false;
        do
        {
            try
            {
                await comparison.CompareAsync();
                told = false;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The silos may be away, or of the release before, which tells no time.
                if (!told) LogUnheard(e.Message);
                told = true;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(EventName = "silos_clock_unheard", Level = LogLevel.Warning, Message = "The silos do not say what time it is; this web front's time goes on as it does: {Reason}")]
    private partial void LogUnheard(string reason);
}
