using System.Diagnostics;

namespace OrleansGateway;

/// <summary>The span of a caller's request. It goes on with the caller's trace when there is one (W3C Trace Context), and is the only kind that begins a trace.</summary>
internal static class RequestTrace
{
    /// <summary>A request has come; null while nobody traces.</summary>
    public static Activity? Start(Exchange exchange)
    {
        if (!GatewayTrace.Source.HasListeners()) return null;
        var request = exchange.Http.Request;
        var headers = request.Headers;
        ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out var before);
        ReadOnlySpan<KeyValuePair<string, object?>> tags =
        [
            new(MetricLabels.Route, exchange.Route),
            new("http.request.method", request.Method),
            new("url.scheme", request.Scheme),
            new(GatewayTrace.RequestId, exchange.RequestId),
        ];
        return GatewayTrace.Source.StartActivity($"{request.Method} {exchange.Route}", ActivityKind.Server, before, tags.ToArray());
    }

    /// <summary>The request has ended.</summary>
    public static void End(Activity? span, Exchange exchange)
    {
        if (span is null) return;
        span.SetTag(MetricLabels.Status, exchange.StatusTold)
            .SetTag(MetricLabels.Outcome, exchange.OutcomeWord)
            .SetTag(MetricLabels.Tenant, exchange.Caller.TenantId)
            .SetTag(MetricLabels.Model, exchange.Model)
            .SetTag(MetricLabels.AnsweredModel, exchange.By?.Model)
            .SetTag(MetricLabels.Provider, exchange.By?.Provider);
        if (exchange.Error is { } error && GatewayErrors.Of(error.Kind).Status >= 500) span.SetTag(MetricLabels.Error, exchange.OutcomeWord).SetStatus(ActivityStatusCode.Error);
        span.Dispose();
    }
}
