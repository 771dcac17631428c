namespace OrleansGateway;

/// <summary>
/// Waits for Redis, refuses one that could forget what it confirmed, remembers which store it is and takes over its time; before anything else that needs it
/// starts. While it waits the process is alive and not ready.
/// </summary>
internal sealed partial class CheckRedis(SiloSettings settings, IStoreMark mark, ClockComparison clocks, TimeProvider time, ILogger<CheckRedis> logger) : IHostedService
{
    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(2));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var place = settings.PlaceOfBooks;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Judge(await RedisSafety.CheckAsync(RedisConnections.Of(settings.Redis!)));
                await mark.ForeignAsync();
                break;
            }
            catch (StoreUnavailableException e)
            {
                LogWaiting(place, attempt, e.Message);
            }
            await Task.Delay(Pauses.Before(attempt - 1), time, cancellationToken);
        }
        // Once more, should it have been away when this process was made.
        await clocks.TryCompareAsync();
    }

    private void Judge(RedisSafetyReport report)
    {
        if (report.NotChecked is { } why) LogNotChecked(why);
        if (report.Faults.Count == 0) return;
        if (!settings.Gateway.AllowUnsafeStore) throw new UnsafeStoreException(report.Faults);
        LogUnsafe(string.Join("; ", report.Faults));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(EventName = "redis_wait", Level = LogLevel.Warning,
        Message = "{Place} cannot be used yet (attempt {Attempt}); this process is not ready and tries again: {Reason}")]
    private partial void LogWaiting(string place, int attempt, string reason);

    [LoggerMessage(EventName = "redis_not_checked", Level = LogLevel.Warning,
        Message = "Whether this Redis keeps what it confirms could not be checked; make sure of it where it is configured: {Reason}")]
    private partial void LogNotChecked(string reason);

    [LoggerMessage(EventName = "redis_unsafe", Level = LogLevel.Warning,
        Message = "This Redis can lose what it confirmed, and Gateway:AllowUnsafeStore=true accepts that: {Faults}")]
    private partial void LogUnsafe(string faults);
}

/// <summary>The store could lose what it confirmed.</summary>
internal sealed class UnsafeStoreException(IEnumerable<RedisFault> faults) : Exception(
    "This Redis can lose what it confirmed. Change its configuration, or accept the risk with Gateway:AllowUnsafeStore=true:"
    + string.Concat(faults.Select(f => $"{Environment.NewLine}  - {f}")));
