using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>One rule for the model <c>auto</c>: when all its conditions hold, it says what is used. The first that applies counts.</summary>
[GenerateSerializer, Immutable, Alias("auto-rule")]
public sealed record AutoRule
{
    /// <summary>The task that the request names in <c>x-gateway-task</c>; null for any.</summary>
    [Id(0), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Task { get; init; }

    /// <summary>Of requests with more input tokens than this, estimated at four bytes a token; null for any.</summary>
    [Id(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? InputAbove { get; init; }

    /// <summary>While a budget stands like this; null for whatever it stands at.</summary>
    [Id(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public BudgetState? Budget { get; init; }

    /// <summary>The models to use, in order; default lets the gateway pick.</summary>
    [Id(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public ImmutableArray<string> Use { get; init; }

    /// <summary>The least tier of model that the gateway may pick; null leaves it to the task.</summary>
    [Id(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ModelTier? Tier { get; init; }

    /// <summary>What a model must be able to do for the gateway to pick it.</summary>
    [Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public ImmutableArray<ModelCapability> Capabilities { get; init; }
}

/// <summary>A budget of which more than a share of the limit is spent, held or in suspense.</summary>
[GenerateSerializer, Immutable, Alias("budget-state")]
public sealed record BudgetState
{
    /// <summary>The budget's window.</summary>
    [Id(0)] public required BudgetWindow Window { get; init; }

    /// <summary>Whose budget.</summary>
    [Id(1)] public BudgetScope Scope { get; init; }

    /// <summary>The share of its limit, from 0 to 1.</summary>
    [Id(2)] public required decimal Above { get; init; }
}
