namespace OrleansGateway;

/// <summary>That a call's answer must be kept, before it is posted, for callers who ask again.</summary>
/// <param name="Idempotency">What they ask with.</param>
/// <param name="HeldAt">When the hold was made: the key is remembered from then on.</param>
[GenerateSerializer, Immutable, Alias("keep-answer")]
public sealed record KeepAnswer([property: Id(0)] Idempotency Idempotency, [property: Id(1)] DateTimeOffset HeldAt);
