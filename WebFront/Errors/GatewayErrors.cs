namespace OrleansGateway;

/// <summary>The one table of errors: nothing else picks a status, a type, a code or a log level.</summary>
internal static class GatewayErrors
{
    private const string InvalidRequest = "invalid_request_error";
    private const string Permission = "permission_error";
    private const string Upstream = "upstream_error";
    private const string Unavailable = "service_unavailable_error";

    private static readonly Fact[] Facts = Table();

    /// <summary>How a kind of error looks.</summary>
    public static Fact Of(GatewayErrorKind kind) => Facts[(int)kind];

    private static Fact[] Table()
    {
        var facts = new Fact[Enum.GetValues<GatewayErrorKind>().Length];
        foreach (var kind in Enum.GetValues<GatewayErrorKind>()) facts[(int)kind] = Look(kind);
        return facts;
    }

    private static Fact Look(GatewayErrorKind kind) => kind switch
    {
        GatewayErrorKind.InvalidJson => new(400, InvalidRequest, "invalid_json", LogLevel.Information),
        GatewayErrorKind.InvalidValue => new(400, InvalidRequest, "invalid_value", LogLevel.Information),
        GatewayErrorKind.UnsupportedParameter => new(400, InvalidRequest, "unsupported_parameter", LogLevel.Information),
        GatewayErrorKind.ContextLengthExceeded => new(400, InvalidRequest, "context_length_exceeded", LogLevel.Information),
        GatewayErrorKind.RequestRejected => new(400, InvalidRequest, "invalid_value", LogLevel.Information),
        GatewayErrorKind.MissingApiKey => new(401, InvalidRequest, "missing_api_key", LogLevel.Information),
        GatewayErrorKind.InvalidApiKey => new(401, InvalidRequest, "invalid_api_key", LogLevel.Information),
        GatewayErrorKind.TenantSuspended => new(403, Permission, "tenant_suspended", LogLevel.Information),
        GatewayErrorKind.PermissionDenied => new(403, Permission, "permission_denied", LogLevel.Information),
        GatewayErrorKind.ModelNotFound => new(404, InvalidRequest, "model_not_found", LogLevel.Information),
        GatewayErrorKind.UnknownUrl => new(404, InvalidRequest, "unknown_url", LogLevel.Information),
        GatewayErrorKind.MethodNotAllowed => new(405, InvalidRequest, "method_not_allowed", LogLevel.Information),
        GatewayErrorKind.RequestTimeout => new(408, InvalidRequest, "request_timeout", LogLevel.Information),
        GatewayErrorKind.RequestTooLarge => new(413, InvalidRequest, "request_too_large", LogLevel.Information),
        GatewayErrorKind.UnsupportedMediaType => new(415, InvalidRequest, "unsupported_media_type", LogLevel.Information),
        GatewayErrorKind.IdempotencyInProgress => new(409, InvalidRequest, "idempotency_in_progress", LogLevel.Information, 2),
        GatewayErrorKind.IdempotencyKeyReused => new(422, InvalidRequest, "idempotency_key_reused", LogLevel.Information),
        GatewayErrorKind.IdempotencyAnswerNotKept => new(422, InvalidRequest, "idempotency_answer_not_kept", LogLevel.Information),
        GatewayErrorKind.RateLimitExceeded => new(429, "rate_limit_error", "rate_limit_exceeded", LogLevel.Information, 1),
        GatewayErrorKind.InsufficientQuota => new(429, "insufficient_quota", "insufficient_quota", LogLevel.Information),
        GatewayErrorKind.InternalError => new(500, "server_error", "internal_error", LogLevel.Error),
        GatewayErrorKind.UpstreamError => new(502, Upstream, "upstream_error", LogLevel.Warning),
        GatewayErrorKind.UpstreamAuthenticationError => new(502, Upstream, "upstream_authentication_error", LogLevel.Error),
        GatewayErrorKind.UpstreamInvalidResponse => new(502, Upstream, "upstream_invalid_response", LogLevel.Warning),
        GatewayErrorKind.UpstreamRateLimited => new(503, Unavailable, "upstream_rate_limited", LogLevel.Warning, 5),
        GatewayErrorKind.UpstreamUnavailable => new(503, Unavailable, "upstream_unavailable", LogLevel.Warning, 5),
        GatewayErrorKind.GatewayOverloaded => new(503, Unavailable, "gateway_overloaded", LogLevel.Error, 1),
        GatewayErrorKind.StoreUnavailable => new(503, Unavailable, "store_unavailable", LogLevel.Error, 2),
        GatewayErrorKind.UpstreamTimeout => new(504, "timeout_error", "upstream_timeout", LogLevel.Warning),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <param name="Status">The HTTP status.</param>
    /// <param name="Type">The body's <c>type</c>.</param>
    /// <param name="Code">The body's <c>code</c>.</param>
    /// <param name="Level">What it means to an operator: a denial, an upstream's trouble, or a fault of ours.</param>
    /// <param name="RetrySeconds">After how long to try again when nothing better is known; 0 sends no <c>retry-after</c>.</param>
    internal sealed record Fact(int Status, string Type, string Code, LogLevel Level, int RetrySeconds = 0);
}
