namespace OrleansGateway.Soak;

/// <summary>The callers' book: what one of them asked and was told.</summary>
internal sealed record ClientCall
{
    public required string Tenant { get; init; }

    /// <summary>What was asked.</summary>
    public required CallPlan Plan { get; init; }

    /// <summary>Where it was asked, when there are several fronts.</summary>
    public string? Front { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The answer's status; null when no headers came.</summary>
    public int? Status { get; init; }

    /// <summary>The answer's <c>x-request-id</c>; null when no headers came.</summary>
    public string? RequestId { get; init; }

    /// <summary>The request whose answer was given again; null when it was not.</summary>
    public string? ReplayOf { get; init; }

    /// <summary>The request under which the gateway's books have it; null when no headers came.</summary>
    public string? BookedAs => ReplayOf ?? RequestId;

    /// <summary>Whether a client that gave it a key would ask again: it has no answer, and may get one.</summary>
    public bool WantsRetry => Plan.Keyed && !Answered && ReplayOf is null && (Code is null || Refused && Code is not "insufficient_quota");

    /// <summary>Whether a 200 came to its proper end.</summary>
    public bool Answered { get; init; }

    /// <summary>What the caller was told it costs; null when it was told nothing.</summary>
    public decimal? ToldUsd { get; init; }

    /// <summary>An error's code.</summary>
    public string? Code { get; init; }

    /// <summary>
    /// Whether the gateway said no before it called any upstream: such a call costs nothing. One that failed after it was made, as when no budget covered another
    /// attempt, is told its cost.
    /// </summary>
    public bool Refused => ToldUsd is null
        && Code is "insufficient_quota" or "rate_limit_exceeded" or "invalid_api_key" or "store_unavailable" or "gateway_overloaded" or "idempotency_in_progress";

    public override string ToString() =>
        $"call {Plan.Number} of {Tenant}{(Front is null ? "" : $" at {Front}")} ({Plan}): "
        + $"status {Status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}, "
        + $"{(Answered ? "answered" : Code ?? "broken off")}, told {ToldUsd}";
}
