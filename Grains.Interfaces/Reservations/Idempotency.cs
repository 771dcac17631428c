namespace OrleansGateway;

/// <summary>Which requests a caller wants done once: those that carry the same key, remembered for a day per tenant.</summary>
/// <param name="Key">The caller's <c>Idempotency-Key</c>.</param>
/// <param name="Fingerprint">Tells apart what was asked: SHA-256 over the route and the body as sent, in Base64.</param>
[GenerateSerializer, Immutable, Alias("idempotency")]
public sealed record Idempotency([property: Id(0)] string Key, [property: Id(1)] string Fingerprint);
