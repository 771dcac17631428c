namespace OrleansGateway;

/// <summary>Which model stands in for all others when a budget is nearly spent.</summary>
[GenerateSerializer, Immutable, Alias("degrade-rule")]
public sealed record DegradeRule
{
    /// <summary>The budget's window; where a key or an end user has no such budget, the rule does not apply.</summary>
    [Id(0)] public required BudgetWindow Window { get; init; }

    /// <summary>Whose budget.</summary>
    [Id(1)] public BudgetScope Scope { get; init; }

    /// <summary>The share of its limit, from 0 to 1, above which the rule applies: all that is spent, held and in suspense counts.</summary>
    [Id(2)] public required decimal Above { get; init; }

    /// <summary>The model to use; its own fallbacks follow it.</summary>
    [Id(3)] public required string Use { get; init; }
}
