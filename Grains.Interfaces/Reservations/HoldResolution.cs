using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>What an operator found out about a hold in suspense.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ResolvedAs>))]
public enum ResolvedAs
{
    /// <summary>The upstream charged nothing.</summary>
    Void,

    /// <summary>The upstream charged.</summary>
    Posted,
}

/// <summary>An operator's word on how a hold of unknown outcome ended.</summary>
[GenerateSerializer, Immutable, Alias("hold-resolution")]
public sealed record HoldResolution
{
    /// <summary>The hold.</summary>
    [Id(0)] public required HoldId Hold { get; init; }

    /// <summary>How it ended.</summary>
    [Id(1)] public required ResolvedAs As { get; init; }

    /// <summary>What the upstream counted; without <see cref="CostUsd"/> it is priced as it would have been when the money was held.</summary>
    [Id(2)] public TokenUsage? Usage { get; init; }

    /// <summary>What it cost; null to price the usage.</summary>
    [Id(3)] public Money? CostUsd { get; init; }

    /// <summary>The model that answered; null for the one that was called last.</summary>
    [Id(4)] public string? Model { get; init; }

    /// <summary>Why.</summary>
    [Id(5)] public required string Reason { get; init; }

    /// <summary>Who signs for it.</summary>
    [Id(6)] public string Actor { get; init; } = "admin";
}

/// <summary>Who signed for a line of the ledger that no upstream's answer stands behind, and why.</summary>
[GenerateSerializer, Immutable, Alias("signature")]
public sealed record Signature([property: Id(0)] string Actor, [property: Id(1)] string Reason);

/// <summary>A hold as an operator resolved it.</summary>
[GenerateSerializer, Immutable, Alias("resolved-hold")]
public sealed record ResolvedHold
{
    /// <summary>The request.</summary>
    [Id(0)] public required string RequestId { get; init; }

    /// <summary>Which hold of that request.</summary>
    [Id(1)] public required int Attempt { get; init; }

    /// <summary>How it ended.</summary>
    [Id(2)] public required ResolvedAs As { get; init; }

    /// <summary>What is invoiced for it.</summary>
    [Id(3)] public Money CostUsd { get; init; }

    /// <summary>What counts against the budgets without being invoiced: cost above what was held.</summary>
    [Id(4)] public Money AbsorbedUsd { get; init; }

    /// <summary>The price card that was applied; null when the operator named the cost.</summary>
    [Id(5)] public string? PriceVersion { get; init; }

    /// <summary>Who signed for it.</summary>
    [Id(6)] public required string Actor { get; init; }

    /// <summary>Why.</summary>
    [Id(7)] public required string Reason { get; init; }

    /// <summary>When it was booked.</summary>
    [Id(8)] public required DateTimeOffset At { get; init; }
}
