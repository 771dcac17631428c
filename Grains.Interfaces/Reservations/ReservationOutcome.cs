using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Whether a request is admitted; a denial costs nothing.</summary>
[GenerateSerializer, Immutable, Alias("reservation-outcome")]
public abstract record ReservationOutcome
{
    private ReservationOutcome() { }

    /// <summary>Admitted: the amount is held and the plan says what may be called.</summary>
    [GenerateSerializer, Immutable, Alias("granted")]
    public sealed record Granted([property: Id(0)] ProviderPlan Plan, [property: Id(1)] RateLimitSnapshot Limits) : ReservationOutcome;

    /// <summary>A quota is used up for the moment.</summary>
    [GenerateSerializer, Immutable, Alias("rate-limited")]
    public sealed record RateLimited(
        [property: Id(0)] string Scope,
        [property: Id(1)] QuotaKind Kind,
        [property: Id(2)] long Limit,
        [property: Id(3)] TimeSpan RetryAfter,
        [property: Id(4)] RateLimitSnapshot Limits) : ReservationOutcome
    {
        /// <summary>The tokens that the request counts, where they are more than the limit itself: it never fits.</summary>
        [Id(5)] public long? Asked { get; init; }

        /// <summary>Whether it is so for ever, as long as the limit is what it is.</summary>
        public bool NeverFits => Limit <= 0 || Asked is not null;
    }

    /// <summary>A hard budget cannot cover the request's worst case.</summary>
    [GenerateSerializer, Immutable, Alias("budget-spent")]
    public sealed record BudgetSpent(
        [property: Id(0)] BudgetStatus Budget,
        [property: Id(1)] Money Needed,
        [property: Id(2)] RateLimitSnapshot Limits) : ReservationOutcome;

    /// <summary>No such model, not one this key may call, or one without a price. One answer for all, so that nothing is given away.</summary>
    [GenerateSerializer, Immutable, Alias("model-not-found")]
    public sealed record ModelNotFound([property: Id(0)] string Model) : ReservationOutcome;

    /// <summary>A model that this key may call, but whose provider does not offer it through the API asked for; names those it does.</summary>
    [GenerateSerializer, Immutable, Alias("api-not-offered")]
    public sealed record ApiNotOffered([property: Id(0)] string Model, [property: Id(1)] ImmutableArray<UpstreamApi> Offered) : ReservationOutcome;

    /// <summary>The request names no model and the tenant has no default.</summary>
    [GenerateSerializer, Immutable, Alias("model-missing")]
    public sealed record ModelMissing : ReservationOutcome;

    /// <summary>The request is larger than the model's context.</summary>
    [GenerateSerializer, Immutable, Alias("context-exceeded")]
    public sealed record ContextExceeded([property: Id(0)] string Model, [property: Id(1)] int ContextTokens, [property: Id(2)] long Asked) : ReservationOutcome;

    /// <summary>More output is asked for than the model can write.</summary>
    [GenerateSerializer, Immutable, Alias("output-exceeded")]
    public sealed record OutputExceeded([property: Id(0)] string Model, [property: Id(1)] int MaxOutputTokens, [property: Id(2)] long Asked) : ReservationOutcome;

    /// <summary>The key is revoked, expired or not the tenant's.</summary>
    [GenerateSerializer, Immutable, Alias("key-refused")]
    public sealed record KeyRefused : ReservationOutcome;

    /// <summary>The tenant is suspended.</summary>
    [GenerateSerializer, Immutable, Alias("suspended")]
    public sealed record Suspended : ReservationOutcome;

    /// <summary>
    /// Every target that the request may call is left alone for now, because of its rate limit or because it fails: nothing is held for what would not be called.
    /// </summary>
    [GenerateSerializer, Immutable, Alias("upstreams-closed")]
    public sealed record UpstreamsClosed([property: Id(0)] UpstreamFailureKind Kind, [property: Id(1)] TimeSpan RetryAfter) : ReservationOutcome;

    /// <summary>The hold of this id was closed already: its request has ended.</summary>
    [GenerateSerializer, Immutable, Alias("hold-closed")]
    public sealed record HoldClosed : ReservationOutcome;

    /// <summary>A call with the same idempotency key is still under way.</summary>
    [GenerateSerializer, Immutable, Alias("in-progress")]
    public sealed record InProgress([property: Id(0)] string RequestId) : ReservationOutcome;

    /// <summary>The idempotency key was used for another request.</summary>
    [GenerateSerializer, Immutable, Alias("key-reused")]
    public sealed record KeyReused([property: Id(0)] string RequestId) : ReservationOutcome;

    /// <summary>Answered already: the pool has the answer of that hold, and the book says what was paid for it. Nothing is held.</summary>
    [GenerateSerializer, Immutable, Alias("replay")]
    public sealed record Replay(
        [property: Id(0)] HoldId Hold,
        [property: Id(1)] PostingReceipt Receipt,
        [property: Id(2)] RateLimitSnapshot Limits) : ReservationOutcome;
}
