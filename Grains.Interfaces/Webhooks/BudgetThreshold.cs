namespace OrleansGateway;

/// <summary>A budget's spending reached one of its <see cref="BudgetPolicy.AlertAt"/> shares for the first time in a window.</summary>
[GenerateSerializer, Immutable, Alias("budget-threshold")]
public sealed record BudgetThreshold
{
    /// <summary><c>tenant</c>, <c>key:&lt;id&gt;</c> or <c>user:&lt;name&gt;</c>.</summary>
    [Id(0)] public required string Scope { get; init; }

    /// <summary>The budget's window.</summary>
    [Id(1)] public required BudgetWindow Window { get; init; }

    /// <summary>When the window began; for a rolling window, how far back it reached; null for <c>total</c>.</summary>
    [Id(2)] public DateTimeOffset? WindowStart { get; init; }

    /// <summary>When the window ends, or a rolling window's oldest spending stops counting; null for <c>total</c>.</summary>
    [Id(3)] public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>The share of the limit that was reached.</summary>
    [Id(4)] public required decimal Threshold { get; init; }

    /// <summary>What may be spent in the window: the budget's limit, what was rolled over and what adjustments add.</summary>
    [Id(5)] public required Money LimitUsd { get; init; }

    /// <summary>What was spent in the window by then: settled and absorbed.</summary>
    [Id(6)] public required Money SpentUsd { get; init; }
}
