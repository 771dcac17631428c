using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>What a quota counts.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<QuotaKind>))]
public enum QuotaKind
{
    /// <summary>Requests admitted in any 60 seconds.</summary>
    RequestsPerMinute,

    /// <summary>Tokens in any 60 seconds.</summary>
    TokensPerMinute,

    /// <summary>Requests under way at once.</summary>
    ConcurrentRequests,
}

/// <summary>Ceilings on requests, tokens and concurrency of one scope; null means no ceiling, zero admits nothing.</summary>
[GenerateSerializer, Immutable, Alias("quota-limits")]
public sealed record QuotaLimits
{
    /// <summary>Requests admitted in any 60 seconds.</summary>
    [Id(0)] public int? RequestsPerMinute { get; init; }

    /// <summary>
    /// Tokens in any 60 seconds. At admission a request counts a quarter of its bytes plus the <c>max_tokens</c> it asked
    /// for; its posting replaces that by what was used.
    /// </summary>
    [Id(1)] public long? TokensPerMinute { get; init; }

    /// <summary>Requests under way at once.</summary>
    [Id(2)] public int? ConcurrentRequests { get; init; }

    /// <summary>No ceilings.</summary>
    public static readonly QuotaLimits None = new();
}
