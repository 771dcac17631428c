using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway.Admin;

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

/// <summary>Whether a key is good.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ApiKeyStatus>))]
internal enum ApiKeyStatus
{
    Active,
    Revoked,
    Expired,
}

/// <summary>A page of keys.</summary>
internal sealed record ApiKeyPageJson(IReadOnlyList<ApiKeyJson> Keys, string? NextCursor);
