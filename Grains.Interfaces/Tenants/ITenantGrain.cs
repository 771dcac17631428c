using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// Admits a tenant's requests and books what they cost; keyed by the tenant's id. Every call that changes money is in the book before it
/// returns. Throws <see cref="StoreUnavailableException"/> when the store does not confirm.
/// </summary>
[GrainInterfaceType("tenant"), Alias("tenant")]
public interface ITenantGrain : IGrainWithStringKey
{
    /// <summary>Decides at tenant, key and end user together, all or nothing. Idempotent by hold id while the hold is open.</summary>
    [Alias("reserve"), ResponseTimeout("00:00:05")]
    Task<ReservationOutcome> Reserve(ReservationRequest request);

    /// <summary>Ends a hold. Idempotent: a hold ends once, and a repeated call gets the first one's receipt.</summary>
    [Alias("post"), ResponseTimeout("00:00:05")]
    Task<PostingReceipt> Post(Posting posting);

    /// <summary>
    /// Puts a hold of unknown outcome in suspense and makes the next one for a further attempt, in one append; null, with only the
    /// suspense booked, when the budgets do not cover a second hold.
    /// </summary>
    [Alias("renew"), ResponseTimeout("00:00:05")]
    Task<ProviderPlan?> Renew(ProviderPlan plan, Posting suspense);

    /// <summary>
    /// Puts a larger hold in an open one's place, in one append, because a stream goes on: for the plan's <see cref="ProviderPlan.HeldOutputTokens"/> at its
    /// first target. Null, with nothing booked, when the hold is not open or the budgets do not cover the rest. Idempotent: a repeated call gets the hold
    /// that the first one made.
    /// </summary>
    [Alias("extend"), ResponseTimeout("00:00:05")]
    Task<ProviderPlan?> Extend(ProviderPlan plan);

    /// <summary>
    /// Makes another hold of a request beside the open one it has, for a second call while the first one lasts. Null, with nothing booked, when the plan's hold
    /// is not open, when it has a next one already or when the budgets do not cover it. Not idempotent: who does not hear the answer gives the next attempt back as void.
    /// </summary>
    [Alias("hedge"), ResponseTimeout("00:00:05")]
    Task<ProviderPlan?> Hedge(ProviderPlan plan);

    /// <summary>Limits and budgets of the tenant, and of a key and an end user where named.</summary>
    [Alias("quota"), ResponseTimeout("00:00:05")]
    Task<QuotaReport> Quota(string? keyId, string? user);

    /// <summary>The models a key may call now: priced and allowed.</summary>
    [Alias("models"), ResponseTimeout("00:00:05")]
    Task<ImmutableArray<CatalogModel>> Models(string keyId);

    /// <summary>A page of the ledger, oldest first, of entries booked in [from, until).</summary>
    [Alias("ledger"), ResponseTimeout("00:00:30")]
    Task<LedgerPage> Ledger(DateTimeOffset? from, DateTimeOffset? until, string? cursor, int limit);

    /// <summary>One request's story; null when the tenant has no such request, or refused it too long ago to remember.</summary>
    [Alias("find-request"), ResponseTimeout("00:00:30")]
    Task<RequestReport?> FindRequest(string requestId);
}
