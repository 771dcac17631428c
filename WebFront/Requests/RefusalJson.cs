using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>Why a request was refused: the code and words its caller got and, of a budget or a quota, the figures.</summary>
internal sealed record RefusalJson(string Code, string Message)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Scope { get; init; }

    /// <summary>Of a quota: what it counts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public QuotaKind? Kind { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Limit { get; init; }

    /// <summary>Of a budget: its period.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BudgetWindow? Window { get; init; }

    /// <summary>With what was raised and rolled over.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Money? LimitUsd { get; init; }

    /// <summary>Settled and absorbed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Money? SpentUsd { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Money? HeldUsd { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Money? SuspenseUsd { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Money? RemainingUsd { get; init; }

    /// <summary>Null when it does not reset by itself.</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    public static RefusalJson Of(ReservationOutcome outcome, UpstreamApi api, DateTimeOffset at)
    {
        var error = Denials.Of(outcome, api);
        var refusal = new RefusalJson(error.Code, error.Message);
        return outcome switch
        {
            ReservationOutcome.BudgetSpent { Budget: var budget } => refusal with
            {
                Scope = budget.Scope,
                Window = budget.Window,
                LimitUsd = budget.LimitUsd + budget.RaisedUsd + budget.RolledOverUsd,
                SpentUsd = budget.SettledUsd + budget.AbsorbedUsd,
                HeldUsd = budget.HeldUsd,
                SuspenseUsd = budget.SuspenseUsd,
                RemainingUsd = budget.RemainingUsd,
                ResetsAt = budget.ResetsAt,
            },
            ReservationOutcome.RateLimited limited => refusal with
            {
                Scope = limited.Scope,
                Kind = limited.Kind,
                Limit = limited.Limit,
                ResetsAt = limited.NeverFits ? null : at + limited.RetryAfter,
            },
            _ => refusal,
        };
    }
}
