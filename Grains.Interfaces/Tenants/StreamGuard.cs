namespace OrleansGateway;

/// <summary>
/// Streams hold money slice by slice instead of for their longest answer at once. A stream whose next slice no hard budget covers ends there, cleanly, with
/// its usage and the reason.
/// </summary>
[GenerateSerializer, Immutable, Alias("stream-guard")]
public sealed record StreamGuard
{
    /// <summary>Output tokens that are held at a time, from 64 to 1,000,000. While a stream goes on, each byte that comes counts as one.</summary>
    [Id(0)] public required int SliceTokens { get; init; }
}
