using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>What the gateway itself asks of the grain behind <see cref="IWebhookGrain"/>.</summary>
[GrainInterfaceType("webhook-queue"), Alias("webhook-queue")]
internal interface IWebhookQueueGrain : IGrainWithStringKey
{
    /// <summary>Queues events for addresses; they are stored when it returns. Idempotent by the events' ids.</summary>
    [Alias("enqueue"), ResponseTimeout("00:00:10")]
    Task Enqueue(ImmutableArray<WebhookEvent> events, ImmutableArray<string> urls);

    /// <summary>Goes on with what is not delivered yet, and has the tenant hand over what it has not yet; whether anything is left to deliver.</summary>
    [Alias("wake"), ResponseTimeout("00:00:30")]
    Task<bool> Wake();
}
