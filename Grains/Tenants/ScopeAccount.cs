namespace OrleansGateway;

/// <summary>Budgets' windows, requests under way and rates of one scope.</summary>
internal sealed class ScopeAccount(string name, TimeProvider time)
{
    public string Name { get; } = name;

    public BudgetBuckets Buckets { get; } = new();

    /// <summary>What adjustments add to its limits; null for the most of scopes, which have none.</summary>
    public BudgetRaises? Raises { get; set; }

    public RateLimiter Rates { get; } = new(time);

    /// <summary>Holds that are pending: the concurrency slots in use.</summary>
    public int Open { get; set; }

    /// <summary>What adjustments add to a budget's limit at an instant.</summary>
    public Money Raised(BudgetWindow window, DateTimeOffset at) => Raises?.At(window, at) ?? Money.Zero;
}
