using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>One request's story: what was decided, what was held for it and how that ended.</summary>
[GenerateSerializer, Immutable, Alias("request-report")]
public sealed record RequestReport
{
    /// <summary>Its id, as in <c>x-request-id</c>.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>The tenant's id.</summary>
    [Id(1)] public required string Tenant { get; init; }

    /// <summary>What admitted or refused it; null when all that is known is that it was given back before it was admitted.</summary>
    [Id(2)] public required RequestDecision? Decision { get; init; }

    /// <summary>Its holds, the first attempt first; none when it was refused.</summary>
    [Id(3)] public required ImmutableArray<HoldReport> Holds { get; init; }

    /// <summary>Its lines of the ledger, oldest first.</summary>
    [Id(4)] public required ImmutableArray<LedgerEntry> Entries { get; init; }
}

/// <summary>Where a hold stands.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<HoldStatus>))]
public enum HoldStatus
{
    /// <summary>Its attempt is under way.</summary>
    Pending,

    /// <summary>It was charged.</summary>
    Posted,

    /// <summary>It was given back.</summary>
    Void,

    /// <summary>Nobody knows yet how its attempt ended.</summary>
    Suspense,
}

/// <summary>Money that was held for one attempt of a request.</summary>
[GenerateSerializer, Immutable, Alias("hold-report")]
public sealed record HoldReport
{
    /// <summary>Which hold of the request, counted from 1.</summary>
    [Id(0)] public required int Attempt { get; init; }

    /// <summary>When it was made.</summary>
    [Id(1)] public required DateTimeOffset At { get; init; }

    /// <summary>What was held: the most that the attempt could cost.</summary>
    [Id(2)] public required Money AmountUsd { get; init; }

    /// <summary>When it goes to suspense by itself.</summary>
    [Id(3)] public required DateTimeOffset Deadline { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(4)] public required HoldStatus State { get; init; }

    /// <summary>What a hold after the first was decided on; null for the first, whose decision is the request's.</summary>
    [Id(5), JsonIgnore] public RequestDecision.Admitted? Decision { get; init; }
}
