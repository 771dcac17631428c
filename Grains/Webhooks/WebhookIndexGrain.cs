using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace OrleansGateway;

/// <summary>The tenants that have, or had, webhooks; one activation, key 0. Never asked on a request's path.</summary>
[GrainInterfaceType("webhook-index"), Alias("webhook-index")]
internal interface IWebhookIndexGrain : IGrainWithIntegerKey
{
    /// <summary>Adds a tenant, which is woken from now on until nothing is left to deliver. Idempotent.</summary>
    [Alias("add"), ResponseTimeout("00:00:10")]
    Task Add(string tenantId);

    /// <summary>Wakes the tenants that had something left to deliver, or all. Idempotent; waits for nobody.</summary>
    [Alias("wake"), ResponseTimeout("00:00:10")]
    Task Wake(bool all);
}

/// <summary>Keeps the list, and wakes: so events that a lost silo had are delivered by another, and thresholds it had not handed over yet.</summary>
[GrainType("webhook-index"), Reentrant]
internal sealed partial class WebhookIndexGrain(
    [PersistentState("webhook-index", TenantBook.SnapshotStore)] IPersistentState<TenantIndexState> state, ILogger<WebhookIndexGrain> logger) : Grain, IWebhookIndexGrain
{
    // Each may have a book to read.
    private const int AtOnce = 16;

    private readonly HashSet<string> _restless = [];
    private SharedRun _write = null!;
    private ImmutableSortedSet<string> _ids = [];
    private ImmutableSortedSet<string> _kept = [];
    private bool _waking;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _ids = _kept = state.State.TenantIds;
        // Whatever a former activation knew of them is lost.
        _restless.UnionWith(_ids);
        _write = new SharedRun(WriteAsync);
        return Task.CompletedTask;
    }

    public Task Add(string tenantId)
    {
        _restless.Add(tenantId);
        if (_kept.Contains(tenantId)) return Task.CompletedTask;
        _ids = _ids.Add(tenantId);
        return _write.NextAsync();
    }

    public Task Wake(bool all)
    {
        if (all) _restless.UnionWith(_ids);
        if (!_waking) _ = WakeAsync();
        return Task.CompletedTask;
    }

    private async Task WriteAsync()
    {
        var ids = _ids;
        await state.Keep(this, new TenantIndexState { TenantIds = ids });
        _kept = ids;
    }

    private async Task WakeAsync()
    {
        _waking = true;
        foreach (var some in _restless.ToList().Chunk(AtOnce)) await Task.WhenAll(some.Select(WakeOneAsync));
        _waking = false;
    }

    private async Task WakeOneAsync(string tenantId)
    {
        // Added again while it is asked, it stays.
        _restless.Remove(tenantId);
        try
        {
            if (await GrainFactory.GetGrain<IWebhookQueueGrain>(tenantId).Wake()) _restless.Add(tenantId);
        }
        catch (Exception e)
        {
            LogNotWoken(e, tenantId);
            _restless.Add(tenantId);
        }
    }

    [LoggerMessage(EventId = 1, EventName = "webhook_not_woken", Level = LogLevel.Warning,
        Message = "Tenant {TenantId}: undelivered events could not be looked for; it is tried again soon")]
    private partial void LogNotWoken(Exception exception, string tenantId);
}
