using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Tells the cluster every second how this silo's upstreams fare, and hears what others leave alone, which is known everywhere within two seconds, and every
/// five how fast they are.
/// </summary>
internal sealed partial class HealthExchange(UpstreamHealth health, FairLanes lanes, IGrainFactory grains, ILocalSiloDetails silo, TimeProvider time, ILogger<HealthExchange> logger) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private const int PeriodsPerLatencies = 5;

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(HealthExchange),
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

    private async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Period, time);
        var board = grains.GetGrain<IPoolHealthGrain>(0);
        var told = false;
        try
        {
            for (var period = 0; await timer.WaitForNextTickAsync(stop); period++)
            {
                try
                {
                    var name = silo.SiloAddress.ToString();
                    health.Hear(await board.Exchange(health.Report(name)));
                    if (period % PeriodsPerLatencies == 0) health.HearLatencies(await board.Describe());
                    told = false;
                    await ShareAsync(board, name);
                }
                catch (Exception e) when (e is OrleansException or TimeoutException)
                {
                    // What others said stays in force until its time is over.
                    if (!told) LogSilent(e.Message);
                    told = true;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

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
