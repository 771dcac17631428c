using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>Whether a tenant is served.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<TenantStatus>))]
public enum TenantStatus
{
    /// <summary>Served.</summary>
    Active,

    /// <summary>Every request is denied; the books stay.</summary>
    Suspended,
}

/// <summary>What an operator decides about a tenant; replaced as a whole by each change.</summary>
[GenerateSerializer, Immutable, Alias("tenant-policy")]
public sealed record TenantPolicy
{
    /// <summary>The tenant's id: 1–63 of <c>a–z 0–9 -</c>, starting and ending with a letter or digit. Never changes.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>For people.</summary>
    [Id(1)] public string Name { get; init; } = "";

    /// <summary>Whether the tenant is served.</summary>
    [Id(2)] public TenantStatus Status { get; init; }

    /// <summary>IANA time zone in which its windows begin and end.</summary>
    [Id(3)] public string TimeZone { get; init; } = "UTC";

    /// <summary>Ceilings over all its callers together.</summary>
    [Id(4)] public QuotaLimits Limits { get; init; } = QuotaLimits.None;

    /// <summary>Budgets over all its callers together; at most one per window.</summary>
    [Id(5)] public ImmutableArray<BudgetPolicy> Budgets { get; init; } = [];

    /// <summary>Which models it may call.</summary>
    [Id(6)] public ModelAccess Models { get; init; } = new();

    /// <summary>Ceilings of each end user (the request's <c>user</c>) that the tenant's callers name; null means none.</summary>
    [Id(7)] public ScopePolicy? EndUserDefaults { get; init; }

    /// <summary>Who is told of its events.</summary>
    [Id(8)] public ImmutableArray<WebhookPolicy> Webhooks { get; init; } = [];

    /// <summary>How streams hold money; for their longest answer at once when null.</summary>
    [Id(9), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public StreamGuard? StreamGuard { get; init; }

    /// <summary>How it stands to other tenants where they share an upstream.</summary>
    // In books of releases that did not know it there is none.
    [Id(12)] public RoutingPolicy Routing { get => field ?? RoutingPolicy.Usual; init; } = RoutingPolicy.Usual;
}

/// <summary>How a tenant stands to others where they share an upstream.</summary>
[GenerateSerializer, Immutable, Alias("routing-policy")]
public sealed record RoutingPolicy
{
    /// <summary>As all others.</summary>
    public static readonly RoutingPolicy Usual = new();

    /// <summary>When an upstream's limit is reached, one of weight 3 gets three times what one of weight 1 does.</summary>
    [Id(0)] public int Weight { get; init; } = 1;
}

/// <summary>Ceilings of a scope below the tenant: an api key or an end user.</summary>
[GenerateSerializer, Immutable, Alias("scope-policy")]
public sealed record ScopePolicy
{
    /// <summary>Ceilings on requests, tokens and concurrency.</summary>
    [Id(0)] public QuotaLimits Limits { get; init; } = QuotaLimits.None;

    /// <summary>Budgets; at most one per window.</summary>
    [Id(1)] public ImmutableArray<BudgetPolicy> Budgets { get; init; } = [];
}

/// <summary>Which models a tenant's callers may name, and what happens when one fails.</summary>
[GenerateSerializer, Immutable, Alias("model-access")]
public sealed record ModelAccess
{
    /// <summary>Model ids, or prefixes ending in <c>*</c>; empty allows every priced model.</summary>
    [Id(0)] public ImmutableArray<string> Allow { get; init; } = [];

    /// <summary>The model of a request that names none.</summary>
    [Id(1)] public string? Default { get; init; }

    /// <summary>For a model, the models tried in order after it; each is priced into the hold.</summary>
    [Id(2)] public ImmutableDictionary<string, ImmutableArray<string>> Fallbacks { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>In which order they are tried.</summary>
    [Id(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public RouteStrategy Strategy { get; init; }

    /// <summary>Further names for models, or prefixes of names ending in <c>*</c>, each for one model or for several in order; null for none.</summary>
    [Id(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ImmutableDictionary<string, ImmutableArray<string>>? Aliases { get; init; }

    /// <summary>What <c>auto</c> stands for; what no rule decides, the gateway does.</summary>
    [Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public ImmutableArray<AutoRule> Auto { get; init; }

    /// <summary>What is used in place of any model when a budget is nearly spent; of the rules that apply, the one of the largest share counts.</summary>
    [Id(6), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public ImmutableArray<DegradeRule> Degrade { get; init; }
}

/// <summary>A tenant as an operator sees it.</summary>
/// <param name="Policy">What was decided last.</param>
/// <param name="Version">Counts the changes from 1; the ETag.</param>
/// <param name="CreatedAt">When the tenant was opened.</param>
/// <param name="UpdatedAt">When the policy last changed.</param>
[GenerateSerializer, Immutable, Alias("tenant-record")]
public sealed record TenantRecord(
    [property: Id(0)] TenantPolicy Policy,
    [property: Id(1)] long Version,
    [property: Id(2)] DateTimeOffset CreatedAt,
    [property: Id(3)] DateTimeOffset UpdatedAt);
