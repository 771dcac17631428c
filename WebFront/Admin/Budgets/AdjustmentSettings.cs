namespace OrleansGateway.Admin;

/// <summary>What an operator writes to book an <see cref="Adjustment"/>.</summary>
internal sealed record AdjustmentSettings
{
    /// <summary>Without one the gateway makes one up, and a repeated call books again.</summary>
    public string? Id { get; init; }

    public required AdjustmentKind Kind { get; init; }

    public string Scope { get; init; } = ScopeName.Tenant;

    public BudgetWindow? Window { get; init; }

    public required Money AmountUsd { get; init; }

    public DateTimeOffset? Until { get; init; }

    public required string Reason { get; init; }

    public string Actor { get; init; } = "admin";

    public string? RequestId { get; init; }

    public string? Model { get; init; }

    public static string? Explain(string path) => path == "at" ? "The gateway sets it; leave the field out." : null;

    public Adjustment ToAdjustment() => new()
    {
        Id = Id ?? $"adj_{Guid.NewGuid():N}",
        Kind = Kind,
        Scope = Scope,
        Window = Window,
        AmountUsd = AmountUsd,
        Until = Until,
        Reason = Reason,
        Actor = Actor,
        RequestId = RequestId,
        Model = Model,
    };
}
