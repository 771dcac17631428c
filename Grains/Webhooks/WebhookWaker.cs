using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>Asks the index every quarter of a minute to wake who has something left to deliver, and all when this silo starts or another is lost.</summary>
internal sealed partial class WebhookWaker(IGrainFactory grains, ISiloStatusOracle silos, TimeProvider time, ILogger<WebhookWaker> logger) : BackgroundService, ISiloStatusListener
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    private volatile bool _all = true;

    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (status == SiloStatus.Dead) _all = true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        silos.SubscribeToSiloStatusEvents(this);
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do await WakeAsync();
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            silos.UnSubscribeFromSiloStatusEvents(this);
        }
    }

    private async Task WakeAsync()
    {
        var all = _all;
        _all = false;
        try
        {
            await grains.GetGrain<IWebhookIndexGrain>(0).Wake(all);
        }
        catch (Exception e)
        {
            LogNotAsked(e);
            _all = true;
        }
    }

    [LoggerMessage(EventId = 1, EventName = "webhook_index_not_asked", Level = LogLevel.Warning, Message = "The index of webhooks did not answer; it is asked again soon")]
    private partial void LogNotAsked(Exception exception);
}
