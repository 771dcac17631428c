namespace OrleansGateway;

/// <summary>How a hold ends.</summary>
public enum PostingKind
{
    /// <summary>The upstream charged, or must be assumed to have charged, this usage.</summary>
    Posted,

    /// <summary>The upstream certainly charged nothing: the hold is given back.</summary>
    Void,

    /// <summary>Nobody knows whether the upstream charged: the hold stays counted and is not invoiced.</summary>
    Suspense,
}

/// <summary>How one hold ended, told by whoever read the upstream. Idempotent: the first one that is booked stands.</summary>
[GenerateSerializer, Immutable, Alias("posting")]
public sealed record Posting
{
    /// <summary>The hold that ends.</summary>
    [Id(0)] public required HoldId Hold { get; init; }

    /// <summary>How.</summary>
    [Id(1)] public required PostingKind Kind { get; init; }

    /// <summary>The provider that was called last.</summary>
    [Id(2)] public string? Provider { get; init; }

    /// <summary>The model that was called last.</summary>
    [Id(3)] public string? Model { get; init; }

    /// <summary>Tokens to charge.</summary>
    [Id(4)] public TokenUsage Usage { get; init; }

    /// <summary>What they cost by the plan's price card; of an estimate, the most that they can cost.</summary>
    [Id(5)] public Money Cost { get; init; }

    /// <summary>The price card applied.</summary>
    [Id(6)] public string? PriceVersion { get; init; }

    /// <summary><c>ok</c>, or a word for what went wrong.</summary>
    [Id(7)] public required string Outcome { get; init; }

    /// <summary>Whether <see cref="Usage"/> is an upper bound rather than the upstream's own count.</summary>
    [Id(8)] public bool Estimated { get; init; }

    /// <summary>What the upstream itself says it charges, if it says so: recorded, never believed.</summary>
    [Id(9)] public Money? UpstreamCost { get; init; }
}

/// <summary>What the book says of a hold after a posting.</summary>
/// <param name="Invoiced">What the tenant pays for it: the caller is told this.</param>
/// <param name="Absorbed">What counts against the budget without being invoiced.</param>
[GenerateSerializer, Immutable, Alias("posting-receipt")]
public readonly record struct PostingReceipt([property: Id(0)] Money Invoiced, [property: Id(1)] Money Absorbed);
