namespace OrleansGateway;

/// <summary>The books, as the pool sees them.</summary>
internal interface IHolds
{
    /// <summary>Ends a hold; see <see cref="ITenantGrain.Post"/>.</summary>
    Task<PostingReceipt> PostAsync(string tenantId, Posting posting);

    /// <summary>Replaces a hold of unknown outcome; see <see cref="ITenantGrain.Renew"/>.</summary>
    Task<ProviderPlan?> RenewAsync(ProviderPlan plan, Posting suspense);
}

/// <summary>The books behind the tenants' grains.</summary>
internal sealed class TenantHolds(IGrainFactory grains) : IHolds
{
    public Task<PostingReceipt> PostAsync(string tenantId, Posting posting) => grains.GetGrain<ITenantGrain>(tenantId).Post(posting);

    public Task<ProviderPlan?> RenewAsync(ProviderPlan plan, Posting suspense) => grains.GetGrain<ITenantGrain>(plan.TenantId).Renew(plan, suspense);
}
