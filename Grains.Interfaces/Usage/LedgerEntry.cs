using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>What a line of the ledger says.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<LedgerEntryKind>))]
public enum LedgerEntryKind
{
    /// <summary>An attempt was charged.</summary>
    Posted,

    /// <summary>A hold was given back: nothing was billed.</summary>
    Void,

    /// <summary>A hold whose outcome is unknown: it counts against the budget and is never invoiced.</summary>
    Suspense,

    /// <summary>A suspense whose outcome became known.</summary>
    Resolved,

    /// <summary>An operator's signed correction.</summary>
    Adjusted,
}

/// <summary>One line of a tenant's ledger: what one attempt cost and why.</summary>
[GenerateSerializer, Immutable, Alias("ledger-entry")]
public sealed record LedgerEntry
{
    /// <summary>Position in the tenant's book; strictly increasing, with gaps.</summary>
    [Id(0)] public required long Seq { get; init; }

    /// <summary>When it was booked.</summary>
    [Id(1)] public required DateTimeOffset At { get; init; }

    /// <summary>What the line says.</summary>
    [Id(2)] public required LedgerEntryKind Kind { get; init; }

    /// <summary>The request it belongs to, as in <c>x-request-id</c>; null for an adjustment about none.</summary>
    [Id(3)] public required string? RequestId { get; init; }

    /// <summary>Which hold of that request, counted from 1; 0 for an adjustment.</summary>
    [Id(4)] public required int Attempt { get; init; }

    /// <summary>The api key that asked.</summary>
    [Id(5)] public string? KeyId { get; init; }

    /// <summary>The end user the caller named, if any.</summary>
    [Id(6)] public string? User { get; init; }

    /// <summary>The provider that answered.</summary>
    [Id(7)] public string? Provider { get; init; }

    /// <summary>The catalog's id of the model that answered.</summary>
    [Id(8)] public string? Model { get; init; }

    /// <summary>Tokens read.</summary>
    [Id(9)] public long InputTokens { get; init; }

    /// <summary>Of those, from the upstream's cache.</summary>
    [Id(10)] public long CachedInputTokens { get; init; }

    /// <summary>Tokens written.</summary>
    [Id(11)] public long OutputTokens { get; init; }

    /// <summary>Of those, reasoning.</summary>
    [Id(12)] public long ReasoningTokens { get; init; }

    /// <summary>What is invoiced; below zero for a refund.</summary>
    [Id(13)] public Money CostUsd { get; init; }

    /// <summary>What counts against the budget without being invoiced: cost above the hold, or a suspense's hold.</summary>
    [Id(14)] public Money AbsorbedUsd { get; init; }

    /// <summary>The price card that was applied.</summary>
    [Id(15)] public string? PriceVersion { get; init; }

    /// <summary>How the attempt ended: <c>ok</c>, or a word for what went wrong.</summary>
    [Id(16)] public required string Outcome { get; init; }

    /// <summary>Whether the tokens are an upper bound rather than the upstream's own count.</summary>
    [Id(17)] public bool Estimated { get; init; }

    /// <summary>What an operator booked, when <see cref="Kind"/> is <see cref="LedgerEntryKind.Adjusted"/>.</summary>
    [Id(18), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Adjustment? Adjustment { get; init; }

    /// <summary>Of the input, tokens put into the upstream's cache.</summary>
    [Id(19), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public long CacheWriteTokens { get; init; }

    /// <summary>Of those, tokens kept there for an hour.</summary>
    [Id(20), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public long LongCacheWriteTokens { get; init; }

    /// <summary>Of the input, sound.</summary>
    [Id(21), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public long AudioInputTokens { get; init; }

    /// <summary>Of the input, pictures.</summary>
    [Id(22), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public long ImageInputTokens { get; init; }

    /// <summary>Of the output, sound.</summary>
    [Id(23), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public long AudioOutputTokens { get; init; }

    /// <summary>What the upstream itself says it charges; null when it says nothing.</summary>
    [Id(24), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Money? UpstreamCostUsd { get; init; }

    /// <summary>Who signed for it and why, when an operator resolved the hold.</summary>
    [Id(25), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Signature? Signature { get; init; }

    /// <summary>How far the upstream's own cost lies above the price card's; below zero when under it, null when the upstream tells none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Money? CostDriftUsd => UpstreamCostUsd - (CostUsd + AbsorbedUsd);
}

/// <summary>A page of the ledger, oldest first.</summary>
[GenerateSerializer, Immutable, Alias("ledger-page")]
public sealed record LedgerPage(
    [property: Id(0)] ImmutableArray<LedgerEntry> Entries,
    [property: Id(1)] string? NextCursor)
{
    /// <summary>How many entries the book had: a reader of page after page who stops there has the ledger as it stood when he began.</summary>
    [Id(2), JsonIgnore] public long BookCount { get; init; }
}
