using System.Diagnostics;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Parsing;
using ILogger = Serilog.ILogger;

namespace OrleansGateway;

/// <summary>
/// Writes exactly one event per request of the data plane. Never a prompt, an answer or a key. It makes the event itself, for it is written for every request: through
/// a logger that takes a message's fields apart first, events were 2 % of its processor time.
/// </summary>
internal sealed class RequestLog(ILogger logger, TimeProvider time)
{
    private const int MaxOthersText = 256;

    // What a person reads. Each line of JSON has it too, and more fields than it names.
    private const string Told = "{RequestId} {Method} {Path} {Status} {Outcome} in {DurationMs} ms";

    private static readonly MessageTemplate OfNobody = new MessageTemplateParser().Parse(Told);
    private static readonly MessageTemplate OfTenant = new MessageTemplateParser().Parse(Told + ", tenant {Tenant}");
    private static readonly MessageTemplate OfCall = new MessageTemplateParser().Parse(Told + ", tenant {Tenant}, {Model} by {Provider}, {CostUsd} USD");

    private static readonly StructureValue EventId = new([new LogEventProperty("Name", new ScalarValue("request"))]);
    private static readonly ScalarValue None = new(null);
    private static readonly ScalarValue Yes = new(true);
    private static readonly ScalarValue No = new(false);
    private static readonly ScalarValue Ok = new(StatusCodes.Status200OK);
    private static readonly ScalarValue Once = new(1);

    private readonly ILogger _logger = logger.ForContext<RequestLog>();

    public void Write(Exchange exchange)
    {
        var level = exchange.Error is { } error ? LevelConvert.ToSerilogLevel(GatewayErrors.Of(error.Kind).Level) : LogEventLevel.Information;
        if (!_logger.IsEnabled(level)) return;

        var request = exchange.Http.Request;
        var by = exchange.By;
        // As many as there are, and what Serilog adds.
        var fields = new Dictionary<string, LogEventPropertyValue>(20)
        {
            ["RequestId"] = Of(exchange.RequestId),
            ["Method"] = Of(Clip(request.Method)),
            ["Path"] = Of(Clip(request.Path.Value)),
            ["Status"] = exchange.StatusTold == StatusCodes.Status200OK ? Ok : new ScalarValue(exchange.StatusTold),
            ["Outcome"] = Of(Clip(exchange.Outcome)),
            ["DurationMs"] = new ScalarValue(Math.Round(time.GetElapsedTime(exchange.StartedAt).TotalMilliseconds, 3)),
            ["Tenant"] = Of(exchange.Caller.TenantId),
            ["Model"] = Of(Clip(exchange.Model)),
            ["Provider"] = Of(by?.Provider),
            ["Attempts"] = by?.Attempts == 1 ? Once : new ScalarValue(by?.Attempts ?? 0),
            ["CostUsd"] = exchange.Cost is { } cost ? new ScalarValue(cost.Usd) : None,
            ["Stream"] = exchange.Stream ? Yes : No,
            ["EventId"] = EventId,
        };
        // These no template names, and they are there when there is something to say.
        if (exchange.Caller.KeyId is { Length: > 0 } keyId) fields["KeyId"] = Of(keyId);
        if (by is not null) fields["AnsweredModel"] = Of(by.Model);
        if (exchange.ReplayOf is { } replayed) fields["ReplayOf"] = Of(replayed);
        if (Clip(request.Headers["x-client-request-id"]) is { } clientRequestId) fields["ClientRequestId"] = Of(clientRequestId);
        var span = Activity.Current;
        _logger.Write(LogEvent.UnstableAssembleFromParts(
            time.GetUtcNow(), level, null, by is not null ? OfCall : exchange.Caller.TenantId.Length > 0 ? OfTenant : OfNobody,
            fields, span?.TraceId ?? default, span?.SpanId ?? default));
    }

    private static ScalarValue Of(string? text) => text is null ? None : new ScalarValue(text);

    // A caller's or an upstream's text, short enough to keep and without what could pass for a line of ours.
    private static string? Clip(string? text)
    {
        if (text is null) return null;
        if (text.Length > MaxOthersText) text = text[..MaxOthersText];
        foreach (var c in text)
            if (char.IsControl(c)) return string.Create(text.Length, text, static (clean, text) =>
            {
                for (var i = 0; i < text.Length; i++) clean[i] = char.IsControl(text[i]) ? '?' : text[i];
            });
        return text;
    }
}
