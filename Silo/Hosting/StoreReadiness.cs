namespace OrleansGateway;

/// <summary>Ready when the books can be read: without them nothing is admitted.</summary>
internal sealed class StoreReadiness(IBook book, TimeProvider time) : IReadinessCheck
{
    // Health is asked by many and on an open port: one answer serves a second.
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    // No tenant's id: ids have no colon.
    private const string NoTenant = ":readiness";

    private (string? WhyNot, long At)? _last;

    public async ValueTask<string?> WhyNotAsync(CancellationToken cancellationToken)
    {
        if (_last is { } last && time.GetElapsedTime(last.At) < Lifetime) return last.WhyNot;
        string? whyNot = null;
        try
        {
            await book.CountAsync(NoTenant, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            whyNot = "the store does not answer";
        }
        _last = (whyNot, time.GetTimestamp());
        return whyNot;
    }
}
