using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>What happens when a budget is spent.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<BudgetMode>))]
public enum BudgetMode
{
    /// <summary>A request whose worst case does not fit is denied.</summary>
    Hard,

    /// <summary>Nothing is denied; crossing a threshold of <see cref="BudgetPolicy.AlertAt"/> is reported.</summary>
    Soft,
}

/// <summary>A ceiling on money per window.</summary>
[GenerateSerializer, Immutable, Alias("budget-policy")]
public sealed record BudgetPolicy
{
    /// <summary>The period the ceiling covers.</summary>
    [Id(0)] public required BudgetWindow Window { get; init; }

    /// <summary>The ceiling; zero denies everything that costs.</summary>
    [Id(1)] public required Money LimitUsd { get; init; }

    /// <summary>Whether the ceiling denies or only reports.</summary>
    [Id(2)] public BudgetMode Mode { get; init; } = BudgetMode.Hard;

    /// <summary>Shares of the limit, each above 0 and at most 1, whose crossing is reported once per window.</summary>
    [Id(3)] public ImmutableArray<decimal> AlertAt { get; init; } = [];

    /// <summary>
    /// How much of what a window leaves unspent is carried into the next at most; null for nothing. Only calendar windows carry. What is
    /// still held or in suspense when the next window's first request is admitted counts as spent.
    /// </summary>
    [Id(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Money? RollOverUsd { get; init; }
}
