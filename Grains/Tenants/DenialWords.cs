namespace OrleansGateway;

/// <summary>The words by which metrics say why a tenant refused a request.</summary>
internal static class DenialWords
{
    public static string Of(ReservationOutcome outcome) => outcome switch
    {
        ReservationOutcome.RateLimited { Kind: QuotaKind.RequestsPerMinute } => "requests_per_minute",
        ReservationOutcome.RateLimited { Kind: QuotaKind.TokensPerMinute } => "tokens_per_minute",
        ReservationOutcome.RateLimited => "concurrent_requests",
        ReservationOutcome.BudgetSpent => "budget_spent",
        ReservationOutcome.ModelNotFound => "model_not_found",
        ReservationOutcome.ApiNotOffered => "api_not_offered",
        ReservationOutcome.ModelMissing => "model_missing",
        ReservationOutcome.ContextExceeded => "context_exceeded",
        ReservationOutcome.OutputExceeded => "output_exceeded",
        ReservationOutcome.KeyRefused => "key_refused",
        ReservationOutcome.Suspended => "tenant_suspended",
        ReservationOutcome.UpstreamsClosed => "upstreams_closed",
        ReservationOutcome.HoldClosed => "hold_closed",
        ReservationOutcome.InProgress => "idempotency_in_progress",
        ReservationOutcome.KeyReused => "idempotency_key_reused",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome.GetType().Name, "Not a denial."),
    };

    /// <summary>Whose limit it was: the kind of scope, never its name; <c>none</c> when it was no limit.</summary>
    public static string ScopeOf(ReservationOutcome outcome)
    {
        var scope = outcome switch
        {
            ReservationOutcome.RateLimited limited => limited.Scope,
            ReservationOutcome.BudgetSpent spent => spent.Budget.Scope,
            _ => null,
        };
        return scope is null ? "none" : ScopeName.KeyOf(scope) is not null ? "key" : ScopeName.UserOf(scope) is not null ? "user" : "tenant";
    }
}
