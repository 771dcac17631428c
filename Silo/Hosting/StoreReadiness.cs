namespace OrleansGateway;

/// <summary>Ready when the books can be read and the last append was taken: otherwise nothing is admitted.</summary>
internal sealed class StoreReadiness(IBook book, StoreHealth health) : IReadinessCheck
{
    // No tenant's id: ids have no colon.
    private const string NoTenant = ":readiness";

    public string NoAnswer => "the store does not answer";

    public async ValueTask<string?> WhyNotAsync(CancellationToken cancellationToken)
    {
        try
        {
            await book.CountAsync(NoTenant, cancellationToken);
            return health.WritesFail ? "the store takes no writes" : null;
        }
        catch (StoreUnavailableException)
        {
            return NoAnswer;
        }
    }
}
