namespace OrleansGateway;

/// <summary>What operators see of a tenant's book and do when its store has lost a part; the same grain as <see cref="ITenantGrain"/>.</summary>
[GrainInterfaceType("tenant-book"), Alias("tenant-book")]
public interface ITenantBookGrain : IGrainWithStringKey
{
    /// <summary>How the book stands; null when the tenant was never opened. Never throws for a store in trouble.</summary>
    [Alias("status")]
    Task<BookStatus?> Status();

    /// <summary>Looks at the store again: a book that was restored is served from then on. Idempotent.</summary>
    [Alias("recheck")]
    Task<BookStatus?> Recheck();

    /// <summary>
    /// Goes on with what is left of a frozen book, from the best record of what was spent. Booked, with who and why;
    /// <see cref="AdminOutcome{T}.Conflict"/> when the book is not frozen.
    /// </summary>
    [Alias("accept-loss")]
    Task<AdminOutcome<BookStatus>> AcceptLoss(string reason, string actor);
}
