namespace OrleansGateway;

/// <summary>Writes exactly one event per request of the data plane. Never a prompt, an answer or a key.</summary>
internal sealed partial class RequestLog(ILogger<RequestLog> logger, TimeProvider time)
{
    private const int MaxClientText = 256;

    public void Write(Exchange exchange)
    {
        var level = exchange.Error is { } error ? GatewayErrors.Of(error.Kind).Level : LogLevel.Information;
        if (!logger.IsEnabled(level)) return;

        var request = exchange.Http.Request;
        var path = Clip(request.Path.Value);
        var outcome = exchange.Outcome;
        var status = exchange.StatusTold;
        var milliseconds = Math.Round(time.GetElapsedTime(exchange.StartedAt).TotalMilliseconds, 3);
        var model = Clip(exchange.Model);
        var clientId = Clip(request.Headers["x-client-request-id"]);
        var (tenant, key) = (exchange.Caller.TenantId, exchange.Caller.KeyId);
        LogRequest(
            level, exchange.RequestId, request.Method, path, status, outcome, milliseconds, tenant, key,
            model, exchange.By?.Provider, exchange.By?.Model, exchange.By?.Attempts ?? 0, exchange.Cost?.Usd, exchange.Stream, exchange.ReplayOf, clientId);
    }

    // A client's text, short enough to keep and without what could pass for a line of ours.
    private static string? Clip(string? text)
    {
        if (text is null) return null;
        if (text.Length > MaxClientText) text = text[..MaxClientText];
        foreach (var c in text)
            if (char.IsControl(c)) return string.Create(text.Length, text, static (clean, text) =>
            {
                for (var i = 0; i < text.Length; i++) clean[i] = char.IsControl(text[i]) ? '?' : text[i];
            });
        return text;
    }

    [LoggerMessage(
        EventName = "request",
        Message = "{RequestId} {Method} {Path} {Status} {Outcome} in {DurationMs} ms, tenant {Tenant} key {KeyId}, model {Model}, "
            + "answered by {Provider} {AnsweredModel} after {Attempts} attempts, {CostUsd} USD, stream {Stream}, replay of {ReplayOf}, client's id {ClientRequestId}")]
    private partial void LogRequest(
        LogLevel level, string requestId, string method, string? path, int status, string outcome, double durationMs, string tenant, string keyId,
        string? model, string? provider, string? answeredModel, int attempts, decimal? costUsd, bool stream, string? replayOf, string? clientRequestId);
}
