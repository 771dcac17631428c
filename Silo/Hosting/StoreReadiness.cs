namespace OrleansGateway;

/// <summary>Ready when the books can be read: without them nothing is admitted.</summary>
internal sealed class StoreReadiness(IBook book) : IReadinessCheck
{
    // No tenant's id: ids have no colon.
    private const string NoTenant = ":readiness";

    public async ValueTask<string?> WhyNotAsync(CancellationToken cancellationToken)
    {
        try
        {
            await book.CountAsync(NoTenant, cancellationToken);
            return null;
        }
        catch (StoreUnavailableException)
        {
            return "the store does not answer";
        }
    }
}
