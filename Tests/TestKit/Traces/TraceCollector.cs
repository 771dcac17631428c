using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Where a gateway sends its traces, by OTLP over HTTP.</summary>
internal sealed class TraceCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<byte[]> _received = new();

    private TraceCollector(WebApplication app) => _app = app;

    /// <summary>The settings that have a gateway send them here, soon.</summary>
    public Dictionary<string, string?> Settings => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _app.Urls.First(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_METRICS_EXPORTER"] = "none",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
    };

    public static async Task<TraceCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = new TraceCollector(builder.Build());
        collector._app.MapPost("/v1/traces", async (HttpContext http) =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            collector._received.Enqueue(body.ToArray());
        });
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>The spans of a trace, once the one whose parent is known to the caller has come, and every one between.</summary>
    public Task<List<SpanSeen>> TraceAsync(string traceId, string caller) => Eventually.BecomesAsync(
        () => Task.FromResult(_received.SelectMany(SpanSeen.Parse).Where(span => span.TraceId == traceId).ToList()),
        spans => spans.Exists(span => span.Parent == caller) && spans.TrueForAll(span => span.Parent == caller || spans.Exists(other => other.Id == span.Parent)),
        TimeSpan.FromSeconds(30), "The trace");

    /// <summary>Whether anything that came has a text.</summary>
    public bool Has(string text) => _received.Any(request => request.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
