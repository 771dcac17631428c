namespace OrleansGateway;

/// <summary>A hold's name: the request and which of its holds, counted from 1.</summary>
[GenerateSerializer, Immutable, Alias("hold-id")]
public readonly record struct HoldId([property: Id(0)] string RequestId, [property: Id(1)] int Attempt)
{
    /// <summary><c>req_…/1</c></summary>
    public override string ToString() => $"{RequestId}/{Attempt}";
}

/// <summary>What a request could cost at most, as far as its text says. Everything here is an upper bound.</summary>
[GenerateSerializer, Immutable, Alias("reservation-request")]
public sealed record ReservationRequest
{
    /// <summary>Names the hold. A repeated call with the same id gets the same hold.</summary>
    [Id(0)] public required HoldId Hold { get; init; }

    /// <summary>The api key that asks.</summary>
    [Id(1)] public required string KeyId { get; init; }

    /// <summary>The end user it names, if any.</summary>
    [Id(2)] public string? User { get; init; }

    /// <summary>The model it names; null asks for the tenant's default.</summary>
    [Id(3)] public string? Model { get; init; }

    /// <summary>What it wants done.</summary>
    [Id(4)] public UpstreamApi Api { get; init; }

    /// <summary>
    /// Bytes of the request body, for no byte-level tokenizer makes more tokens than bytes, and what the upstream is known to add to it unseen.
    /// </summary>
    [Id(5)] public required long InputBytes { get; init; }

    /// <summary>Parts that count tokens beyond their bytes: images by reference.</summary>
    [Id(6)] public int Images { get; init; }

    /// <summary>Whether a part refers to content of unknown size (a stored file): only the context size bounds it.</summary>
    [Id(7)] public bool UnboundedInput { get; init; }

    /// <summary>Output tokens asked for, per choice; null when the caller set no limit.</summary>
    [Id(8)] public int? OutputTokens { get; init; }

    /// <summary>Choices asked for (<c>n</c>).</summary>
    [Id(9)] public int Choices { get; init; } = 1;

    /// <summary>Whether the answer is streamed; it sets how long the hold may live.</summary>
    [Id(10)] public bool Stream { get; init; }

    /// <summary>Given when the request is to be done once however often it is asked.</summary>
    [Id(11)] public Idempotency? Idempotency { get; init; }

    /// <summary>What the caller says it is for, in a word; only <c>auto</c> asks.</summary>
    [Id(12)] public string? Task { get; init; }
}
