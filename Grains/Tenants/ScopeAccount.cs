namespace OrleansGateway;

/// <summary>Budgets' windows, requests under way and rates of one scope.</summary>
internal sealed class ScopeAccount(string name, TimeProvider time)
{
    public string Name { get; } = name;

    public BudgetBuckets Buckets { get; } = new();

    public RateLimiter Rates { get; } = new(time);

    /// <summary>Holds that are pending: the concurrency slots in use.</summary>
    public int Open { get; set; }
}
