using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway.Admin;

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
