using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>
/// What an admission was decided on, as the entry of its hold keeps it. Every admitted request writes one, so it is short: what the entry says
/// elsewhere, and what can be worked out from the rest, is left out.
/// </summary>
[JsonConverter(typeof(HeldDecisionJsonConverter))]
internal sealed record HeldDecision
{
    /// <summary>The name asked for, or the tenant's default where none was; null when it is the first target's model.</summary>
    public string? Asked { get; init; }

    /// <summary>Why these targets in this order; null when that is just what was asked for.</summary>
    public string? Route { get; init; }

    public HeldTarget[] Targets { get; init; } = [];

    public HeldBudget[] Budgets { get; init; } = [];

    public static HeldDecision Of(string? asked, ImmutableArray<PlanTarget> plan, HeldBudget[] budgets, string? route = null)
    {
        var targets = new HeldTarget[plan.Length];
        for (var i = 0; i < targets.Length; i++) targets[i] = new HeldTarget(plan[i].Provider, plan[i].Model, plan[i].Price.Version);
        return new HeldDecision { Asked = asked == plan[0].Model ? null : asked, Targets = targets, Budgets = budgets, Route = route };
    }

    public bool Equals(HeldDecision? other) =>
        other is not null && Asked == other.Asked && Route == other.Route && Targets.AsSpan().SequenceEqual(other.Targets) && Budgets.AsSpan().SequenceEqual(other.Budgets);

    public override int GetHashCode() => HashCode.Combine(Asked, Targets.Length, Budgets.Length);
}

/// <summary>One target of the plan.</summary>
internal readonly record struct HeldTarget(string Provider, string Model, string PriceVersion);

/// <summary>One budget as the request found it.</summary>
internal readonly record struct HeldBudget
{
    public const string Tenant = "tenant";
    public const string Key = "key";
    public const string User = "user";

    /// <summary>The kind of scope; which key or end user is said by the entry.</summary>
    public required string Scope { get; init; }

    public required BudgetWindow Window { get; init; }

    /// <summary>Whether it only reports.</summary>
    public bool Soft { get; init; }

    /// <summary>The policy's limit, what is raised and what was rolled over.</summary>
    public required Money Limit { get; init; }

    public Money Raised { get; init; }

    public Money RolledOver { get; init; }

    /// <summary>All that counted before the request.</summary>
    public required Money Counted { get; init; }

    public static HeldBudget Of(ScopeAccount scope, BudgetPolicy budget, in BudgetStanding standing, Money raised) => new()
    {
        Scope = scope.Name[0] switch { 'k' => Key, 'u' => User, _ => Tenant },
        Window = budget.Window,
        Soft = budget.Mode != BudgetMode.Hard,
        Limit = standing.LimitOf(budget, raised),
        Raised = raised,
        RolledOver = standing.RolledOver,
        Counted = standing.Counted,
    };
}
