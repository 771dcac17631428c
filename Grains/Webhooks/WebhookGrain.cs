using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace OrleansGateway;

/// <summary>
/// Delivers one tenant's events: the queue decides, the sender sends, the state is stored. Thin. An event is acknowledged to the tenant once it is
/// stored; how its tries went is stored too, but a crash may have one repeated, with the same id.
/// </summary>
[GrainType("webhook"), Reentrant]
internal sealed partial class WebhookGrain(
    [PersistentState("webhooks", TenantBook.SnapshotStore)] IPersistentState<WebhookState> state,
    WebhookSender sender, WebhookOptions options, Random random, TimeProvider time, ILogger<WebhookGrain> logger) : Grain, IWebhookGrain, IWebhookQueueGrain
{
    private const int AtOnce = 4;

    private DeliveryQueue _queue = null!;
    private SharedRun _write = null!;
    private IGrainTimer? _timer;
    private int _underWay;

    private string TenantId => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _queue = new DeliveryQueue(state.State, options, random);
        _write = new SharedRun(() => state.Keep(this, _queue.ToState()));
        _timer = this.RegisterGrainTimer(DeliverDue, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { Interleave = true, KeepAlive = true });
        Deliver();
        return Task.CompletedTask;
    }

    public async Task Enqueue(ImmutableArray<WebhookEvent> events, ImmutableArray<string> urls)
    {
        var now = time.GetUtcNow();
        foreach (var happening in events)
            foreach (var url in urls) _queue.Add(happening, url, now);
        await _write.NextAsync();
        // So that it is woken should this silo be lost.
        GrainFactory.GetGrain<IWebhookIndexGrain>(0).Add(TenantId).Ignore();
        Deliver();
    }

    public async Task<bool> Wake()
    {
        await Tenant.Webhooks();
        Deliver();
        return _queue.Pending > 0;
    }

    public Task<ImmutableArray<WebhookDelivery>> Deliveries(DeliveryStatus? status, long? before, int limit) => Task.FromResult(_queue.Page(status, before, limit));

    public async Task<WebhookDelivery?> Redeliver(string deliveryId)
    {
        var delivery = _queue.Redeliver(deliveryId, time.GetUtcNow());
        if (delivery is null) return null;
        await _write.NextAsync();
        GrainFactory.GetGrain<IWebhookIndexGrain>(0).Add(TenantId).Ignore();
        Deliver();
        return delivery;
    }

    public async Task<ImmutableArray<WebhookAnswer>> Test()
    {
        var happening = new WebhookEvent { Id = $"evt_test_{Guid.NewGuid():N}", Type = WebhookEvent.TestType, At = time.GetUtcNow() };
        var webhooks = await Tenant.Webhooks();
        return [.. await Task.WhenAll(webhooks.Select(w => sender.SendAsync(TenantId, happening, w)))];
    }

    private ITenantWebhooksGrain Tenant => GrainFactory.GetGrain<ITenantWebhooksGrain>(TenantId);

    private Task DeliverDue(CancellationToken cancellationToken)
    {
        Deliver();
        return Task.CompletedTask;
    }

    private void Deliver()
    {
        while (_underWay < AtOnce && _queue.Take(time.GetUtcNow()) is { } due) _ = DeliverAsync(due);
        if (_underWay < AtOnce && _queue.NextDue is { } next) _timer!.Change(Positive(next - time.GetUtcNow()), Timeout.InfiniteTimeSpan);
    }

    private async Task DeliverAsync(WebhookDelivery delivery)
    {
        _underWay++;
        try
        {
            var webhook = (await Tenant.Webhooks()).FirstOrDefault(w => w.Url == delivery.Url);
            if (webhook is null) _queue.Drop(delivery, "The tenant has no such webhook any more.");
            else Note(delivery, await sender.SendAsync(TenantId, delivery.Event, webhook));
            await _write.NextAsync();
        }
        catch (Exception e)
        {
            // The tenant or the store did not answer.
            LogPutOff(e, TenantId, delivery.Id);
            _queue.Postpone(delivery, time.GetUtcNow() + options.FirstRetry);
        }
        finally
        {
            _underWay--;
            Deliver();
        }
    }

    private void Note(WebhookDelivery delivery, WebhookAnswer answer)
    {
        _queue.Ended(delivery, answer, time.GetUtcNow());
        if (answer.Error is null) LogDelivered(TenantId, delivery.Event.Id, delivery.Id);
        else if (_queue.Find(delivery.Id) is { Status: DeliveryStatus.Dead }) LogDead(TenantId, delivery.Event.Id, delivery.Id, new Uri(delivery.Url).Host, answer.Error);
        else LogFailed(TenantId, delivery.Event.Id, delivery.Id, new Uri(delivery.Url).Host, answer.Error);
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;

    [LoggerMessage(EventId = 1, EventName = "webhook_delivered", Level = LogLevel.Information, Message = "Tenant {TenantId}: event {Id} was delivered ({Delivery})")]
    private partial void LogDelivered(string tenantId, string id, string delivery);

    [LoggerMessage(EventId = 2, EventName = "webhook_failed", Level = LogLevel.Warning,
        Message = "Tenant {TenantId}: event {Id} did not reach its webhook at {Host} and is tried again ({Delivery}): {Error}")]
    private partial void LogFailed(string tenantId, string id, string delivery, string host, string error);

    [LoggerMessage(EventId = 3, EventName = "webhook_dead", Level = LogLevel.Error,
        Message = "Tenant {TenantId}: event {Id} never reached its webhook at {Host} and is given up; POST …/webhooks/deliveries/{Delivery}/redeliver tries it anew: {Error}")]
    private partial void LogDead(string tenantId, string id, string delivery, string host, string error);

    [LoggerMessage(EventId = 4, EventName = "webhook_put_off", Level = LogLevel.Warning, Message = "Tenant {TenantId}: delivery {Delivery} was put off")]
    private partial void LogPutOff(Exception exception, string tenantId, string delivery);
}
