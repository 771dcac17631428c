using System.Globalization;

namespace OrleansGateway;

/// <summary>Writes refusals and failures: in the shape of the route, with the headers that clients' retries go by.</summary>
internal static class ErrorResponses
{
    private const int MaxRetrySeconds = 60;

    /// <summary>Writes a whole response; only before the first byte.</summary>
    public static Task WriteAsync(HttpResponse response, ErrorShape shape, GatewayError error, string requestId)
    {
        var fact = GatewayErrors.Of(error.Kind);
        var body = shape.Body(error, requestId);
        response.StatusCode = fact.Status;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        WriteRetryHeaders(response.Headers, error, fact);
        return response.BodyWriter.WriteAsync(body).AsTask();
    }

    private static void WriteRetryHeaders(IHeaderDictionary headers, GatewayError error, GatewayErrors.Fact fact)
    {
        if (fact.Status == StatusCodes.Status401Unauthorized) headers.WWWAuthenticate = "Bearer";
        if (error.Kind is GatewayErrorKind.InsufficientQuota || error.IsForEver) headers["x-should-retry"] = "false";
        if (fact.RetrySeconds == 0) return;

        // Every client honours whole seconds up to 60; beyond that some wait for ever and some give up.
        var wait = error.RetryAfter ?? TimeSpan.FromSeconds(fact.RetrySeconds);
        var milliseconds = Math.Clamp(Math.Ceiling(wait.TotalMilliseconds), 1, MaxRetrySeconds * 1000);
        headers.RetryAfter = Math.Ceiling(milliseconds / 1000).ToString("0", CultureInfo.InvariantCulture);
        if (error.Kind is GatewayErrorKind.RateLimitExceeded) headers["retry-after-ms"] = milliseconds.ToString("0", CultureInfo.InvariantCulture);
    }
}
