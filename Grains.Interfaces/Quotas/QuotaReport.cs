using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>A tenant's limits and budgets as they stand now.</summary>
[GenerateSerializer, Immutable, Alias("quota-report")]
public sealed record QuotaReport
{
    /// <summary>The tenant's id.</summary>
    [Id(0)] public required string Tenant { get; init; }

    /// <summary>Holds that are neither posted, void nor in suspense.</summary>
    [Id(1)] public required int OpenReservations { get; init; }

    /// <summary>Every ceiling on requests, tokens and concurrency in the scopes asked for.</summary>
    [Id(2)] public required ImmutableArray<LimitStatus> Limits { get; init; }

    /// <summary>Every budget in the scopes asked for.</summary>
    [Id(3)] public required ImmutableArray<BudgetStatus> Budgets { get; init; }
}

/// <summary>One quota as it stands now.</summary>
/// <param name="Scope"><c>tenant</c>, <c>key:&lt;id&gt;</c> or <c>user:&lt;name&gt;</c>.</param>
/// <param name="Kind">What is counted.</param>
/// <param name="Limit">The ceiling.</param>
/// <param name="Remaining">What may still be taken now; never below zero.</param>
/// <param name="ResetsAt">When all of it is free again if nothing more is asked; null for concurrency.</param>
[GenerateSerializer, Immutable, Alias("limit-status")]
public sealed record LimitStatus(
    [property: Id(0)] string Scope,
    [property: Id(1)] QuotaKind Kind,
    [property: Id(2)] long Limit,
    [property: Id(3)] long Remaining,
    [property: Id(4)] DateTimeOffset? ResetsAt);

/// <summary>One budget as it stands now.</summary>
[GenerateSerializer, Immutable, Alias("budget-status")]
public sealed record BudgetStatus
{
    /// <summary><c>tenant</c>, <c>key:&lt;id&gt;</c> or <c>user:&lt;name&gt;</c>.</summary>
    [Id(0)] public required string Scope { get; init; }

    /// <summary>The period.</summary>
    [Id(1)] public required BudgetWindow Window { get; init; }

    /// <summary>Whether it denies.</summary>
    [Id(2)] public required BudgetMode Mode { get; init; }

    /// <summary>The ceiling.</summary>
    [Id(3)] public required Money LimitUsd { get; init; }

    /// <summary>Invoiced in this window.</summary>
    [Id(4)] public required Money SettledUsd { get; init; }

    /// <summary>Counts in this window without being invoiced.</summary>
    [Id(5)] public required Money AbsorbedUsd { get; init; }

    /// <summary>Held for requests under way.</summary>
    [Id(6)] public required Money HeldUsd { get; init; }

    /// <summary>Held for requests whose outcome is unknown.</summary>
    [Id(7)] public required Money SuspenseUsd { get; init; }

    /// <summary>Limit, raised and rolled over, less all that counts; below zero when the limit fell or a soft budget is overrun.</summary>
    [Id(8)] public required Money RemainingUsd { get; init; }

    /// <summary>When the window ends, or a rolling window's oldest spending stops counting; null for <c>total</c> and for a rolling window without any.</summary>
    [Id(9)] public required DateTimeOffset? ResetsAt { get; init; }

    /// <summary>What adjustments add to the limit now: raises that have not ended and, for <c>total</c>, credits.</summary>
    [Id(10)] public Money RaisedUsd { get; init; }

    /// <summary>What the window before left unspent and this one may spend on top of the limit.</summary>
    [Id(11)] public Money RolledOverUsd { get; init; }

    /// <summary>What an hour costs at the present rate: an average in which older postings weigh less, by half after a quarter of the window.</summary>
    [Id(12)] public Money BurnRateUsdPerHour { get; init; }

    /// <summary>
    /// What will have been spent when the window ends, at that rate; for a rolling window, what its N days cost at that rate; null for <c>total</c>.
    /// </summary>
    [Id(13)] public Money? ForecastUsd { get; init; }

    /// <summary>When nothing remains, at that rate; null when the window is reset before, or for a rolling window when it never comes to that.</summary>
    [Id(14)] public DateTimeOffset? ExhaustsAt { get; init; }
}

/// <summary>What the <c>x-ratelimit-*</c> headers say: the tightest scope's windows. A null limit means none is set.</summary>
[GenerateSerializer, Immutable, Alias("rate-limit-snapshot")]
public readonly record struct RateLimitSnapshot(
    [property: Id(0)] long? RequestLimit,
    [property: Id(1)] long RequestsRemaining,
    [property: Id(2)] TimeSpan RequestsReset,
    [property: Id(3)] long? TokenLimit,
    [property: Id(4)] long TokensRemaining,
    [property: Id(5)] TimeSpan TokensReset);
