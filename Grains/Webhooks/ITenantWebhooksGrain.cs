using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>A tenant's webhooks with their secrets, for whoever delivers; the same grain as <see cref="ITenantGrain"/>.</summary>
[GrainInterfaceType("tenant-webhooks"), Alias("tenant-webhooks")]
internal interface ITenantWebhooksGrain : IGrainWithStringKey
{
    /// <summary>As the policy has them now. Asking has the tenant begin to hand over what it has not yet.</summary>
    [Alias("webhooks"), ResponseTimeout("00:00:10")]
    Task<ImmutableArray<WebhookPolicy>> Webhooks();
}
