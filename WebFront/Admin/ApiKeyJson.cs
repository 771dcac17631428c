using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway.Admin;

/// <summary>Which models a key may call, within its tenant's.</summary>
internal sealed record ApiKeyModels
{
    public ImmutableArray<string> Allow { get; init; } = [];
}

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

/// <summary>
/// How "never expires" is said where null means "leave it": as the last instant there is. It is true as it stands, for no clock
/// reaches it, and shown as null.
/// </summary>
internal static class ApiKeyExpiry
{
    public static readonly DateTimeOffset Never = DateTimeOffset.MaxValue;

    public static DateTimeOffset? Shown(DateTimeOffset? expiresAt) => expiresAt == Never ? null : expiresAt;
}

/// <summary>Whether a key is good.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ApiKeyStatus>))]
internal enum ApiKeyStatus
{
    Active,
    Revoked,
    Expired,
}

/// <summary>A key as operators see it: neither its secret nor the hash.</summary>
internal sealed record ApiKeyJson
{
    public required string Id { get; init; }

    public required string Prefix { get; init; }

    public required string? Name { get; init; }

    public required ApiKeyStatus Status { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset? ExpiresAt { get; init; }

    public required DateTimeOffset? RevokedAt { get; init; }

    public required QuotaLimits Limits { get; init; }

    public required ImmutableArray<BudgetPolicy> Budgets { get; init; }

    public required ApiKeyModels Models { get; init; }

    public static ApiKeyJson Of(ApiKeyRecord key, DateTimeOffset now)
    {
        var settings = ApiKeySettings.Of(key);
        return new ApiKeyJson
        {
            Id = key.Id,
            Prefix = ApiKeySecret.DisplayPrefix(key.Id),
            Name = settings.Name,
            Status = key.RevokedAt is not null ? ApiKeyStatus.Revoked : key.IsLive(now) ? ApiKeyStatus.Active : ApiKeyStatus.Expired,
            CreatedAt = key.CreatedAt,
            ExpiresAt = settings.ExpiresAt,
            RevokedAt = key.RevokedAt,
            Limits = settings.Limits,
            Budgets = settings.Budgets,
            Models = settings.Models,
        };
    }
}

/// <summary>A page of keys.</summary>
internal sealed record ApiKeyPageJson(IReadOnlyList<ApiKeyJson> Keys, string? NextCursor);

/// <summary>A new key with its secret: the only answer that ever holds one.</summary>
internal sealed record IssuedApiKeyJson
{
    public required string Id { get; init; }

    public required string Key { get; init; }

    public required string Prefix { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset? ExpiresAt { get; init; }

    public required string? Name { get; init; }

    public required QuotaLimits Limits { get; init; }

    public required ImmutableArray<BudgetPolicy> Budgets { get; init; }

    public required ApiKeyModels Models { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ReplacedApiKeyJson? Replaces { get; init; }

    public static IssuedApiKeyJson Of(IssuedApiKey issued)
    {
        var settings = ApiKeySettings.Of(issued.Record);
        return new IssuedApiKeyJson
        {
            Id = issued.Record.Id,
            Key = issued.Secret,
            Prefix = ApiKeySecret.DisplayPrefix(issued.Record.Id),
            CreatedAt = issued.Record.CreatedAt,
            ExpiresAt = settings.ExpiresAt,
            Name = settings.Name,
            Limits = settings.Limits,
            Budgets = settings.Budgets,
            Models = settings.Models,
        };
    }
}

/// <summary>The key that a new one takes over from, and until when both are good.</summary>
internal sealed record ReplacedApiKeyJson(string Id, DateTimeOffset ExpiresAt);

/// <summary>What an operator asks of a rotation.</summary>
internal sealed record RotateRequest
{
    public const int MaxGraceSeconds = 30 * 24 * 60 * 60;

    public int GraceSeconds { get; init; }
}
