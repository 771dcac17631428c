using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Tells the cluster every second how this silo's upstreams fare, and hears what others leave alone, which is known everywhere within two seconds, and every
/// five how fast they are. While nobody answers, what others said stays in force until its time is over.
/// </summary>
internal sealed partial class HealthExchange(
    UpstreamHealth health, FairLanes lanes, IGrainFactory grains, ILocalSiloDetails silo, TimeProvider time, ILogger<HealthExchange> logger)
    : EverySecond(time)
{
    private const int SecondsPerLatencies = 5;

    protected override async Task DoAsync(int second)
    {
        var board = grains.GetGrain<IPoolHealthGrain>(0);
        var name = silo.SiloAddress.ToString();
        health.Hear(await board.Exchange(health.Report(name)));
        if (second % SecondsPerLatencies == 0) health.HearLatencies(await board.Describe());
        await ShareAsync(board, name);
    }

    protected override void LogFailed(string reason) => LogSilent(reason);

    private async Task ShareAsync(IPoolHealthGrain board, string name)
    {
        try
        {
            lanes.Hear(await board.Shares(name));
        }
        catch (Exception)
        {
            // It may be at a silo of the release before, which knows of no shares, or away: each keeps the one that it has.
        }
    }

    [LoggerMessage(EventName = "health_exchange_failed", Level = LogLevel.Warning, Message = "Other silos do not hear at the moment how this one's upstreams fare: {Reason}")]
    private partial void LogSilent(string reason);
}
