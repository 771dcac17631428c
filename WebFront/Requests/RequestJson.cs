using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>A <see cref="RequestReport"/> as callers and operators read it.</summary>
internal sealed record RequestJson(string Id, string Tenant, DecisionJson? Decision, IReadOnlyList<HoldJson> Holds, ImmutableArray<LedgerEntry> Entries)
{
    public static RequestJson Of(RequestReport report) => new(
        report.Id,
        report.Tenant,
        report.Decision is { } decision ? DecisionJson.Of(decision) : null,
        [.. report.Holds.Select(HoldJson.Of)],
        report.Entries);
}

/// <summary>One hold; <see cref="Decision"/> is left out of the first, whose decision is the request's.</summary>
internal sealed record HoldJson(int Attempt, DateTimeOffset At, Money AmountUsd, DateTimeOffset Deadline, HoldStatus State)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DecisionJson? Decision { get; init; }

    public static HoldJson Of(HoldReport hold) => new(hold.Attempt, hold.At, hold.AmountUsd, hold.Deadline, hold.State)
    {
        Decision = hold.Decision is { } decision ? DecisionJson.Of(decision) : null,
    };
}

/// <summary>A decision: what was asked, and either what it was measured against or why it was refused.</summary>
internal sealed record DecisionJson(string Verdict, DateTimeOffset At, string? KeyId, string? User, string? Model)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? InputTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? OutputTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? OutputCapped { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Choices { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Money? NeededUsd { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Route { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DecidedTarget>? Targets { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DecidedBudget>? Budgets { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RefusalJson? Refusal { get; init; }

    public static DecisionJson Of(RequestDecision decision) => decision switch
    {
        RequestDecision.Admitted admitted => new("admitted", decision.At, decision.KeyId, decision.User, decision.Model)
        {
            InputTokens = admitted.InputTokens,
            OutputTokens = admitted.OutputTokens,
            OutputCapped = admitted.OutputCapped,
            Choices = admitted.Choices,
            NeededUsd = admitted.Needed,
            Route = admitted.Route,
            Targets = admitted.Targets,
            Budgets = admitted.Budgets,
        },
        RequestDecision.Refused refused => new("refused", decision.At, decision.KeyId, decision.User, decision.Model)
        {
            NeededUsd = (refused.Outcome as ReservationOutcome.BudgetSpent)?.Needed,
            Refusal = RefusalJson.Of(refused.Outcome, refused.Api, decision.At),
        },
        _ => throw new ArgumentOutOfRangeException(nameof(decision)),
    };
}
