using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>What a book says of one request, all its attempts together.</summary>
[GenerateSerializer, Immutable, Alias("request-usage")]
public sealed record RequestUsage
{
    /// <summary>As in <c>x-request-id</c>.</summary>
    [Id(0)] public required string RequestId { get; init; }

    /// <summary>The UTC day of its last entry.</summary>
    [Id(1)] public required DateOnly Day { get; init; }

    /// <summary>The provider that was called last.</summary>
    [Id(2)] public string? Provider { get; init; }

    /// <summary>The catalog's id of the model that was called last.</summary>
    [Id(3)] public string? Model { get; init; }

    /// <summary>What was posted.</summary>
    [Id(4)] public UsageTotals Totals { get; init; }

    /// <summary>Its attempts that are in suspense.</summary>
    [Id(5)] public ImmutableArray<int> Suspended { get; init; } = [];

    /// <summary>Corrections that reconciliations have booked of it so far.</summary>
    [Id(6)] public int Corrections { get; init; }

    /// <summary>Their sum.</summary>
    [Id(7)] public Money CorrectedUsd { get; init; }

    /// <summary>The providers that it was posted for; empty where a release that does not tell them answers.</summary>
    [Id(8)] public ImmutableArray<string> Providers { get; init; } = [];
}
