namespace OrleansGateway;

/// <summary>What became of a request that the pool was handed. Whatever it is, its hold has ended, or is being given back if there may be one.</summary>
[GenerateSerializer, Immutable, Alias("pool-answer")]
public abstract record PoolAnswer
{
    private PoolAnswer() { }

    /// <summary>Admitted, and called; or answered before.</summary>
    /// <param name="Answer">How the call ended.</param>
    /// <param name="Limits">What the tenant's limits have left.</param>
    /// <param name="ReplayOf">The request that was given this answer first; null unless it is given again.</param>
    [GenerateSerializer, Immutable, Alias("pool-answered")]
    public sealed record Answered(
        [property: Id(0)] ProviderAnswer Answer,
        [property: Id(1)] RateLimitSnapshot Limits,
        [property: Id(2)] string? ReplayOf = null) : PoolAnswer;

    /// <summary>Not admitted: nothing was called, and it costs nothing.</summary>
    /// <param name="Outcome">What the tenant said; never that it granted it.</param>
    [GenerateSerializer, Immutable, Alias("pool-denied")]
    public sealed record Denied([property: Id(0)] ReservationOutcome Outcome) : PoolAnswer;

    /// <summary>Answered before, with an answer that was too large to keep.</summary>
    /// <param name="RequestId">The request that was given it.</param>
    /// <param name="Limits">What the tenant's limits have left.</param>
    [GenerateSerializer, Immutable, Alias("pool-not-kept")]
    public sealed record NotKept([property: Id(0)] string RequestId, [property: Id(1)] RateLimitSnapshot Limits) : PoolAnswer;

    /// <summary>The caller had gone before anything was called: it costs nothing.</summary>
    /// <param name="Limits">What the tenant's limits have left.</param>
    [GenerateSerializer, Immutable, Alias("pool-caller-gone")]
    public sealed record CallerGone([property: Id(0)] RateLimitSnapshot Limits) : PoolAnswer;
}
