using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>What operators see and do of a tenant's webhooks; keyed by the tenant's id.</summary>
[GrainInterfaceType("webhook"), Alias("webhook")]
public interface IWebhookGrain : IGrainWithStringKey
{
    /// <summary>A page of deliveries, newest first, numbered below <paramref name="before"/> (null: from the newest), of one status or of all.</summary>
    [Alias("deliveries")]
    Task<ImmutableArray<WebhookDelivery>> Deliveries(DeliveryStatus? status, long? before, int limit);

    /// <summary>Begins a delivery anew, with all its tries, whether it is dead, delivered or still tried; null when there is none of that id.</summary>
    [Alias("redeliver")]
    Task<WebhookDelivery?> Redeliver(string deliveryId);

    /// <summary>Sends a signed event of type <see cref="WebhookEvent.TestType"/> to each of the tenant's webhooks now, once.</summary>
    [Alias("test"), ResponseTimeout("00:02:00")]
    Task<ImmutableArray<WebhookAnswer>> Test();
}
