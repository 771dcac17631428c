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

    /// <summary>Whether a 200 came to its proper end.</summary>
    public bool Answered { get; init; }

    /// <summary>What the caller was told it costs; null when it was told nothing.</summary>
    public decimal? ToldUsd { get; init; }

    /// <summary>An error's code.</summary>
    public string? Code { get; init; }

    /// <summary>Whether the gateway said no before it called any upstream: such a call costs nothing.</summary>
    public bool Refused => Code is "insufficient_quota" or "rate_limit_exceeded" or "invalid_api_key" or "store_unavailable" or "gateway_overloaded";

    public override string ToString() =>
        $"call {Plan.Number} of {Tenant}{(Front is null ? "" : $" at {Front}")} ({Plan}): status {Status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}, {(Answered ? "answered" : Code ?? "broken off")}, told {ToldUsd}";
}
