using System.Collections.Immutable;

namespace OrleansGateway.Admin;

/// <summary>What an operator writes about a key.</summary>
internal sealed record ApiKeySettings
{
    public string? Name { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public QuotaLimits Limits { get; init; } = QuotaLimits.None;

    public ImmutableArray<BudgetPolicy> Budgets { get; init; } = [];

    public ApiKeyModels Models { get; init; } = new();

    public static ApiKeySettings Of(ApiKeyRecord key) => new()
    {
        Name = string.IsNullOrEmpty(key.Name) ? null : key.Name,
        ExpiresAt = ApiKeyExpiry.Shown(key.ExpiresAt),
        Limits = key.Policy.Limits,
        Budgets = key.Policy.Budgets,
        Models = new ApiKeyModels { Allow = key.AllowModels },
    };

    public static string? Explain(string path) => path switch
    {
        "id" or "prefix" or "status" or "createdAt" or "revokedAt" => "The gateway sets it; leave the field out.",
        "key" => "The gateway makes the secret; leave the field out.",
        "models.default" or "models.fallbacks" => "The tenant's policy decides it; a key only restricts models.allow.",
        _ => null,
    };
}

/// <summary>Which models a key may call, within its tenant's.</summary>
internal sealed record ApiKeyModels
{
    public ImmutableArray<string> Allow { get; init; } = [];
}
