namespace OrleansGateway;

/// <summary>Brings a tenant's events to the queue of its webhooks; those that no webhook asks for go nowhere.</summary>
internal static class WebhookDispatch
{
    public static async Task QueueAsync(IGrainFactory grains, TenantPolicy policy, IReadOnlyList<WebhookEvent> events)
    {
        foreach (var kind in events.GroupBy(e => e.Type))
        {
            var urls = policy.Webhooks.Where(w => w.Events.Contains(kind.Key)).Select(w => w.Url).ToList();
            if (urls.Count > 0) await grains.GetGrain<IWebhookQueueGrain>(policy.Id).Enqueue([.. kind], [.. urls]);
        }
    }
}
