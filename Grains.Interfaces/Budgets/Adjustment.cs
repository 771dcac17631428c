using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>What an adjustment does.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<AdjustmentKind>))]
public enum AdjustmentKind
{
    /// <summary>Prepaid money: raises the <c>total</c> budget for good; a negative amount takes it back.</summary>
    Credit,

    /// <summary>Takes the amount, which is positive, off what was spent.</summary>
    Refund,

    /// <summary>Puts what was spent right: a positive amount adds to it, a negative one takes off.</summary>
    Correction,

    /// <summary>Raises one budget by a positive amount until an instant.</summary>
    Raise,
}

/// <summary>
/// What an operator books beside what requests cost. It never edits history: it counts in the windows in which it is booked, and its line
/// stays in the ledger. Booked once per <see cref="Id"/>.
/// </summary>
[GenerateSerializer, Immutable, Alias("adjustment")]
public sealed record Adjustment
{
    /// <summary>Names it: the same id with the same content is booked once, with other content refused.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>What it does.</summary>
    [Id(1)] public required AdjustmentKind Kind { get; init; }

    /// <summary>
    /// <c>tenant</c>, <c>key:&lt;id&gt;</c> or <c>user:&lt;name&gt;</c>. A refund or correction of a key or end user counts in the tenant
    /// too, as their spending does; a credit or raise only where it says.
    /// </summary>
    [Id(2)] public string Scope { get; init; } = ScopeName.Tenant;

    /// <summary>The budget a raise raises; <c>total</c> or null for a credit, null otherwise.</summary>
    [Id(3)] public BudgetWindow? Window { get; init; }

    /// <summary>How much; <see cref="Kind"/> says which signs it may have and what they mean.</summary>
    [Id(4)] public required Money AmountUsd { get; init; }

    /// <summary>When a raise ends; null otherwise.</summary>
    [Id(5)] public DateTimeOffset? Until { get; init; }

    /// <summary>Why.</summary>
    [Id(6)] public required string Reason { get; init; }

    /// <summary>Who signs for it.</summary>
    [Id(7)] public string Actor { get; init; } = "admin";

    /// <summary>The request it is about, if any.</summary>
    [Id(8)] public string? RequestId { get; init; }

    /// <summary>The model it is about, if any.</summary>
    [Id(9)] public string? Model { get; init; }

    /// <summary>When it was booked; the gateway sets it.</summary>
    [Id(10)] public DateTimeOffset At { get; init; }

    /// <summary>The usage it puts right, when a reconciliation booked it.</summary>
    [Id(11), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ReconciledUsage? Reconciles { get; init; }

    /// <summary>What it changes about what the tenant is invoiced for use.</summary>
    [JsonIgnore]
    public Money Invoiced => Kind switch
    {
        AdjustmentKind.Refund => Money.Zero - AmountUsd,
        AdjustmentKind.Correction => AmountUsd,
        _ => Money.Zero,
    };
}
