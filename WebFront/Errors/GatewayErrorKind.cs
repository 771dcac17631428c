namespace OrleansGateway;

/// <summary>Everything the data plane can answer but success; <see cref="GatewayErrors"/> says how each looks on the wire.</summary>
internal enum GatewayErrorKind
{
    InvalidJson,
    InvalidValue,
    UnsupportedParameter,
    ContextLengthExceeded,
    RequestRejected,
    MissingApiKey,
    InvalidApiKey,
    TenantSuspended,
    PermissionDenied,
    ModelNotFound,
    UnknownUrl,
    MethodNotAllowed,
    RequestTimeout,
    RequestTooLarge,
    UnsupportedMediaType,
    RateLimitExceeded,
    InsufficientQuota,
    InternalError,
    UpstreamError,
    UpstreamAuthenticationError,
    UpstreamInvalidResponse,
    UpstreamRateLimited,
    UpstreamUnavailable,
    GatewayOverloaded,
    StoreUnavailable,
    UpstreamTimeout,
}
