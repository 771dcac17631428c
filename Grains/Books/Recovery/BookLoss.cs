namespace OrleansGateway;

/// <summary>What the store has lost of a tenant's book.</summary>
/// <param name="Known">How many entries were written as far as anyone knows; null when nobody does.</param>
/// <param name="Found">How many the store has; null when it cannot say.</param>
/// <param name="Problem">What is wrong, in a sentence.</param>
/// <param name="Since">When it was found.</param>
internal sealed record BookLoss(long? Known, long? Found, string Problem, DateTimeOffset Since)
{
    /// <summary>The best record of what was spent, and where it is from: a recovery goes on from it. Null when only a restore helps.</summary>
    public (string From, TenantSnapshot State)? Best { get; init; }

    /// <summary>What callers get.</summary>
    public StoreUnavailableException ToException() => new(Problem) { IsLoss = true };
}

/// <summary>A book that must not be served.</summary>
internal sealed class BookLossException(BookLoss loss) : Exception(loss.Problem)
{
    public BookLoss Loss => loss;
}
