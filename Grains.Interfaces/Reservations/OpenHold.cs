using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>Where a hold that has not ended stands.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<OpenHoldState>))]
public enum OpenHoldState
{
    /// <summary>Its call is under way.</summary>
    Pending,

    /// <summary>Nobody knows whether the upstream charged: it counts and is not invoiced.</summary>
    Suspense,
}

/// <summary>A hold that has not ended, as operators see it.</summary>
[GenerateSerializer, Immutable, Alias("open-hold")]
public sealed record OpenHold
{
    /// <summary>The request, as in <c>x-request-id</c>.</summary>
    [Id(0)] public required string RequestId { get; init; }

    /// <summary>Which hold of that request, counted from 1.</summary>
    [Id(1)] public required int Attempt { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(2)] public required OpenHoldState State { get; init; }

    /// <summary>The api key that asked.</summary>
    [Id(3)] public string? KeyId { get; init; }

    /// <summary>The end user the caller named, if any.</summary>
    [Id(4)] public string? User { get; init; }

    /// <summary>The provider that was called last, when that is known.</summary>
    [Id(5)] public string? Provider { get; init; }

    /// <summary>The model that was called last, or asked for when that is not known.</summary>
    [Id(6)] public string? Model { get; init; }

    /// <summary>What it counts with.</summary>
    [Id(7)] public required Money AmountUsd { get; init; }

    /// <summary>Since when it is in this state.</summary>
    [Id(8)] public required DateTimeOffset Since { get; init; }

    /// <summary>When a pending hold goes to suspense by itself.</summary>
    [Id(9)] public required DateTimeOffset Deadline { get; init; }

    /// <summary>Why it is in suspense, in a word; null while it is pending.</summary>
    [Id(10)] public string? Outcome { get; init; }
}

/// <summary>A page of open holds, the oldest first.</summary>
[GenerateSerializer, Immutable, Alias("open-hold-page")]
public sealed record OpenHoldPage(
    [property: Id(0)] ImmutableArray<OpenHold> Holds,
    [property: Id(1)] string? NextCursor);
