using System.Collections.Immutable;

namespace OrleansGateway.Admin;

/// <summary>What an operator writes about an end user: all of its ceilings.</summary>
internal sealed record EndUserSettings
{
    public QuotaLimits Limits { get; init; } = QuotaLimits.None;

    public ImmutableArray<BudgetPolicy> Budgets { get; init; } = [];

    public static string? Explain(string path) => path switch
    {
        "user" => "It stands in the address; leave the field out.",
        "updatedAt" => "The gateway sets it; leave the field out.",
        _ => null,
    };
}

/// <summary>An end user's own ceilings as operators see them.</summary>
internal sealed record EndUserJson(string User, QuotaLimits Limits, ImmutableArray<BudgetPolicy> Budgets, DateTimeOffset UpdatedAt)
{
    public static EndUserJson Of(EndUserRecord record) => new(record.User, record.Policy.Limits, record.Policy.Budgets, record.UpdatedAt);
}

/// <summary>A page of end users with ceilings of their own.</summary>
internal sealed record EndUserPageJson(IReadOnlyList<EndUserJson> Users, string? NextCursor);
