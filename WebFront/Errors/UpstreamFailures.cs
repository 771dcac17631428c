namespace OrleansGateway;

/// <summary>What a caller is told when every attempt of the plan failed.</summary>
internal static class UpstreamFailures
{
    public static GatewayError Of(ProviderAnswer.Failed failed) => failed.Kind switch
    {
        UpstreamFailureKind.Unavailable or UpstreamFailureKind.RateLimited => Closed(failed.Kind, failed.RetryAfter),
        UpstreamFailureKind.Timeout => new(GatewayErrorKind.UpstreamTimeout, "The upstream did not answer in time. Try again, or ask for less output."),
        UpstreamFailureKind.Error => new(GatewayErrorKind.UpstreamError, "The upstream failed to answer. Try again; if it persists, choose another model."),
        UpstreamFailureKind.Authentication => new(
            GatewayErrorKind.UpstreamAuthenticationError, "The gateway's own access to the upstream was refused. Your key is fine: tell your operator."),
        UpstreamFailureKind.InvalidResponse => new(
            GatewayErrorKind.UpstreamInvalidResponse, "The upstream's answer could not be understood. Try again; if it persists, choose another model."),
        UpstreamFailureKind.RequestRejected => new(
            GatewayErrorKind.RequestRejected,
            GatewayError.Clip(failed.Message ?? "The upstream refused this request. Check its fields against the model's documentation."),
            failed.Param)
        { UpstreamCode = failed.Code },
        UpstreamFailureKind.BudgetSpent => new(
            GatewayErrorKind.InsufficientQuota, "The budget does not cover another hold for this request. GET /v1/quota shows which, what remains and when it resets."),
        _ => throw new ArgumentOutOfRangeException(nameof(failed)),
    };

    /// <summary>No upstream takes calls: asked, or not even asked because of what it said a moment ago.</summary>
    public static GatewayError Closed(UpstreamFailureKind kind, TimeSpan? retryAfter) => kind == UpstreamFailureKind.RateLimited
        ? new(GatewayErrorKind.UpstreamRateLimited, "The upstreams are limiting requests at the moment. Try again shortly.") { RetryAfter = retryAfter }
        : new(GatewayErrorKind.UpstreamUnavailable, "No upstream can be reached at the moment. Try again shortly.") { RetryAfter = retryAfter };
}
