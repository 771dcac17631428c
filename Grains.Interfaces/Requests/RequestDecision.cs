using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>Why a request was admitted or refused.</summary>
[GenerateSerializer, Immutable, Alias("request-decision")]
public abstract record RequestDecision
{
    private RequestDecision() { }

    /// <summary>When it was decided.</summary>
    [Id(0)] public required DateTimeOffset At { get; init; }

    /// <summary>The api key that asked.</summary>
    [Id(1)] public required string? KeyId { get; init; }

    /// <summary>The end user it named, if any.</summary>
    [Id(2)] public required string? User { get; init; }

    /// <summary>The model it was decided for, by the name that was asked for; null when none was named and there is no default.</summary>
    [Id(3)] public required string? Model { get; init; }

    /// <summary>It was admitted. Of holds booked by a release that did not keep them, targets and budgets are empty.</summary>
    [GenerateSerializer, Immutable, Alias("request-admitted")]
    public sealed record Admitted : RequestDecision
    {
        /// <summary>The most input tokens it could have.</summary>
        [Id(0)] public required long InputTokens { get; init; }

        /// <summary>The most output tokens of each choice.</summary>
        [Id(1)] public required int OutputTokens { get; init; }

        /// <summary>Whether the gateway set that limit, the caller having set none.</summary>
        [Id(2)] public required bool OutputCapped { get; init; }

        /// <summary>Choices asked for.</summary>
        [Id(3)] public required int Choices { get; init; }

        /// <summary>The most that this could cost: what was held.</summary>
        [Id(4)] public required Money Needed { get; init; }

        /// <summary>What it might call, in order.</summary>
        [Id(5)] public required ImmutableArray<DecidedTarget> Targets { get; init; }

        /// <summary>Every budget it was measured against.</summary>
        [Id(6)] public required ImmutableArray<DecidedBudget> Budgets { get; init; }

        /// <summary>Why these targets in this order; null when that is just what was asked for.</summary>
        [Id(7)] public string? Route { get; init; }
    }

    /// <summary>It was refused.</summary>
    [GenerateSerializer, Immutable, Alias("request-refused")]
    public sealed record Refused : RequestDecision
    {
        /// <summary>What the caller was refused with.</summary>
        [Id(0)] public required ReservationOutcome Outcome { get; init; }

        /// <summary>What was asked for: refusals name its fields.</summary>
        [Id(1)] public UpstreamApi Api { get; init; }
    }
}

/// <summary>One target of a request's plan.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Model">The catalog's id of the model.</param>
/// <param name="PriceVersion">The price card in force when the money was held.</param>
[GenerateSerializer, Immutable, Alias("decided-target")]
public sealed record DecidedTarget(
    [property: Id(0)] string Provider,
    [property: Id(1)] string Model,
    [property: Id(2)] string PriceVersion);

/// <summary>Whether a request's worst case fits in a budget.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<BudgetVerdict>))]
public enum BudgetVerdict
{
    /// <summary>It does.</summary>
    Fits,

    /// <summary>It does not, and the budget only reports.</summary>
    Overrun,
}

/// <summary>One budget as a request found it.</summary>
[GenerateSerializer, Immutable, Alias("decided-budget")]
public sealed record DecidedBudget
{
    /// <summary><c>tenant</c>, <c>key:&lt;id&gt;</c> or <c>user:&lt;name&gt;</c>.</summary>
    [Id(0)] public required string Scope { get; init; }

    /// <summary>The period.</summary>
    [Id(1)] public required BudgetWindow Window { get; init; }

    /// <summary>Whether it denies.</summary>
    [Id(2)] public required BudgetMode Mode { get; init; }

    /// <summary>What could be spent in the window in all: the policy's limit, what was raised and what was rolled over.</summary>
    [Id(3)] public required Money LimitUsd { get; init; }

    /// <summary>Of that, raised by adjustments.</summary>
    [Id(4)] public required Money RaisedUsd { get; init; }

    /// <summary>Of that, rolled over from the window before.</summary>
    [Id(5)] public required Money RolledOverUsd { get; init; }

    /// <summary>All that counted before: settled, absorbed, held and in suspense.</summary>
    [Id(6)] public required Money CountedBeforeUsd { get; init; }

    /// <summary>The same with this request's hold.</summary>
    [Id(7)] public required Money CountedAfterUsd { get; init; }

    /// <summary>Whether that is within the limit.</summary>
    public BudgetVerdict Verdict => CountedAfterUsd <= LimitUsd ? BudgetVerdict.Fits : BudgetVerdict.Overrun;
}
