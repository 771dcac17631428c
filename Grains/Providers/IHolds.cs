using System.Collections.Concurrent;

namespace OrleansGateway;

/// <summary>The books, as the pool sees them.</summary>
internal interface IHolds
{
    /// <summary>Makes a hold; see <see cref="ITenantGrain.Reserve"/>.</summary>
    Task<ReservationOutcome> ReserveAsync(string tenantId, ReservationRequest request);

    /// <summary>Ends a hold; see <see cref="ITenantGrain.Post"/>.</summary>
    Task<PostingReceipt> PostAsync(string tenantId, Posting posting);

    /// <summary>Replaces a hold of unknown outcome; see <see cref="ITenantGrain.Renew"/>.</summary>
    Task<ProviderPlan?> RenewAsync(ProviderPlan plan, Posting suspense);

    /// <summary>Makes another hold beside one whose call lasts; see <see cref="ITenantGrain.Hedge"/>.</summary>
    Task<ProviderPlan?> HedgeAsync(ProviderPlan plan);

    /// <summary>Enlarges a hold for a stream that goes on; see <see cref="ITenantGrain.Extend"/>.</summary>
    Task<ProviderPlan?> ExtendAsync(ProviderPlan plan);
}

/// <summary>The books behind the tenants' grains.</summary>
internal sealed class TenantHolds(IGrainFactory grains) : IHolds
{
    // Looking a grain up costs more than asking it; a reference is some hundred bytes.
    private readonly ConcurrentDictionary<string, ITenantGrain> _tenants = new(StringComparer.Ordinal);

    public Task<ReservationOutcome> ReserveAsync(string tenantId, ReservationRequest request) => Tenant(tenantId).Reserve(request);

    public Task<PostingReceipt> PostAsync(string tenantId, Posting posting) => Tenant(tenantId).Post(posting);

    public Task<ProviderPlan?> RenewAsync(ProviderPlan plan, Posting suspense) => Tenant(plan.TenantId).Renew(plan, suspense);

    public Task<ProviderPlan?> HedgeAsync(ProviderPlan plan) => Tenant(plan.TenantId).Hedge(plan);

    public Task<ProviderPlan?> ExtendAsync(ProviderPlan plan) => Tenant(plan.TenantId).Extend(plan);

    private ITenantGrain Tenant(string tenantId) => _tenants.GetOrAdd(tenantId, static (id, grains) => grains.GetGrain<ITenantGrain>(id), grains);
}
