namespace OrleansGateway;

/// <summary>How one budget's window stands at an instant.</summary>
internal readonly record struct BudgetStanding
{
    public Money Settled { get; init; }

    public Money Absorbed { get; init; }

    public Money Held { get; init; }

    public Money Suspense { get; init; }

    public Money RolledOver { get; init; }

    /// <summary>Null when it never resets or nothing counts.</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>All that counts against a limit.</summary>
    public Money Counted => Settled + Absorbed + Held + Suspense;

    /// <summary>What may be spent in the window in all: the policy's limit, what was rolled over and what adjustments add.</summary>
    public Money LimitOf(BudgetPolicy budget, Money raised) => new((long)Int128.Clamp(
        (Int128)budget.LimitUsd.NanoDollars + RolledOver.NanoDollars + raised.NanoDollars, -PolicyRules.LimitCeiling.NanoDollars, PolicyRules.LimitCeiling.NanoDollars));

    /// <summary>What is left of that.</summary>
    public Money RemainingOf(BudgetPolicy budget, Money raised) => LimitOf(budget, raised) - Counted;

    public static BudgetStanding Of(BudgetBucket bucket) => new()
    {
        Settled = bucket.Settled - bucket.Refunded,
        Absorbed = bucket.Absorbed,
        Held = bucket.Held,
        Suspense = bucket.Suspense,
        RolledOver = bucket.RolledOver,
        ResetsAt = bucket.End == WindowCalendar.Never ? null : bucket.End,
    };
}
