using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>Refuses a Redis that could forget what it confirmed.</summary>
internal sealed partial class CheckRedis(SiloSettings settings, ILogger<CheckRedis> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        RedisSafetyReport report;
        try
        {
            report = await RedisSafety.CheckAsync(ConfigurationOptions.Parse(settings.Redis!));
        }
        catch (StoreUnavailableException e)
        {
            LogNotChecked(e.Message);
            return;
        }

        if (report.NotChecked is { } why) LogNotChecked(why);
        if (report.Faults.Count == 0) return;
        if (!settings.Gateway.AllowUnsafeStore) throw new UnsafeStoreException(report.Faults);
        LogUnsafe(string.Join("; ", report.Faults));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(EventName = "redis_not_checked", Level = LogLevel.Warning, Message = "Whether this Redis keeps what it confirms could not be checked (appendonly yes, appendfsync always, maxmemory-policy noeviction are needed): {Reason}")]
    private partial void LogNotChecked(string reason);

    [LoggerMessage(EventName = "redis_unsafe", Level = LogLevel.Warning, Message = "This Redis can lose what it confirmed, and Gateway:AllowUnsafeStore=true accepts that: {Faults}")]
    private partial void LogUnsafe(string faults);
}

/// <summary>The store could lose what it confirmed.</summary>
internal sealed class UnsafeStoreException(IEnumerable<RedisFault> faults) : Exception(
    $"This Redis can lose what it confirmed. Change its configuration, or accept the risk with Gateway:AllowUnsafeStore=true:{string.Concat(faults.Select(f => $"{Environment.NewLine}  - {f}"))}");
