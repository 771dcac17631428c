using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Keeps this silo's catalog as new as the cluster's, within two seconds, and reads the upstreams' model lists when it is this silo's turn.
/// </summary>
internal sealed partial class CatalogFollower(CatalogSource source, ModelDiscovery discovery, IGrainFactory grains, TimeProvider time, ILogger<CatalogFollower> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private Task _reading = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(CatalogFollower),
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
        var keeper = grains.GetGrain<ICatalogKeeperGrain>(0);
        var told = false;
        try
        {
            do
            {
                try
                {
                    var news = await keeper.News(source.Revision);
                    if (news.Inputs is { } inputs) source.Take(inputs);
                    if (news.ReadLists && _reading.IsCompleted) _reading = ReadListsAsync(keeper);
                    told = false;
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    if (!told) LogSilent(e.Message);
                    told = true;
                }
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    // A silo that stops meanwhile leaves it to the next.
    private async Task ReadListsAsync(ICatalogKeeperGrain keeper)
    {
        try
        {
            var listed = await discovery.ReadAsync();
            if (!listed.IsEmpty) await keeper.Learn(listed);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogSilent(e.Message);
        }
    }

    [LoggerMessage(EventName = "catalog_silent", Level = LogLevel.Warning, Message = "The cluster's catalog cannot be read at the moment, the one known stays in force: {Reason}")]
    private partial void LogSilent(string reason);
}
