using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>One request with a fallback as its trace shows it: from the caller's own span to the upstreams.</summary>
public sealed partial class TraceTests
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string CallersSpan = "00f067aa0ba902b7";
    private const string Body = """{"model":"gpt-4.1","messages":[{"role":"user","content":"a prompt that no span has"}],"max_tokens":9}""";

    /// <summary>To draw docs/trace.svg anew, set <c>UPDATE_DOCS=1</c>.</summary>
    [Fact]
    public async Task A_callers_trace_goes_on_through_front_tenant_book_pool_and_upstreams_and_is_the_picture_in_the_docs()
    {
        await using var collector = await TraceCollector.StartAsync();
        var settings = collector.Settings;
        settings["Gateway:Telemetry:TraceUpstreams"] = "true";
        await using var gateway = await TestGateway.StartAsync(settings);
        var caller = await gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":1}],"models":{"fallbacks":{"gpt-4.1":["deepseek-v3.2"]}}}""");
        // What the first requests wake up is not every request's story.
        using (var first = await caller.ChatAsync(Body)) Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        gateway.Simulator.Script.Next(new SimulatorScript { Status = 404, LatencyMs = 20 }, "gpt-4.1");
        gateway.Simulator.Script.Next(new SimulatorScript { LatencyMs = 60 }, "deepseek-v3.2");
        using var answered = await SendAsync(gateway, caller);
        Assert.Equal((HttpStatusCode.OK, "true"), (answered.StatusCode, answered.Headers.GetValues("x-gateway-fallback").Single()));

        // Whether an api key is looked up depends on how long ago it was.
        var spans = (await collector.TraceAsync(TraceId, CallersSpan)).Where(span => !span.Name.StartsWith("IApiKeyGrain", StringComparison.Ordinal)).ToList();
        var rows = TracePicture.Order(spans);
        var lines = rows.Select(row => $"{row.Depth} {TracePicture.Label(row.Span)}").ToList();
        var request = rows[0].Span;
        Assert.Equal(
            ("POST /v1/chat/completions", "200", "ok", caller.TenantId),
            (request.Name, request.Tags[MetricLabels.Status], request.Tags[MetricLabels.Outcome], request.Tags[MetricLabels.Tenant]));
        Assert.Equal(answered.Headers.GetValues("x-request-id").Single(), request.Tags[GatewayTrace.RequestId]);

        var attempts = rows.Where(row => row.Span.Tags.ContainsKey(GatewayTrace.Attempt)).Select(row => row.Span).ToList();
        Assert.Equal(["chat gpt-4.1: upstream_404", "chat deepseek-v3.2: ok"], attempts.Select(TracePicture.Label));
        Assert.Equal("9", attempts[1].Tags["gen_ai.usage.output_tokens"]);
        Assert.All(attempts, attempt => Assert.Contains(Ancestors(attempt), span => span.Name == UpstreamRelay.SpanName));
        var appends = rows.Where(row => row.Span.Name == "append to book").Select(row => row.Span).ToList();
        Assert.Equal(
            ["ITenantGrain/Reserve", "ITenantGrain/Post"],
            appends.Select(append => Ancestors(append).First(span => span.Name.Contains("ITenantGrain", StringComparison.Ordinal)).Name));

        // Each upstream call names the span of its attempt.
        var told = gateway.Simulator.Calls.All()
            .Select(call => call.Headers?.GetValueOrDefault("traceparent"))
            .OfType<string>()
            .Where(header => header.Contains(TraceId, StringComparison.Ordinal))
            .ToList();
        Assert.Equal(attempts.Select(attempt => $"00-{TraceId}-{attempt.Id}-01"), told);
        // The log names the trace, and the trace has nothing of the prompt or the answer.
        Assert.Contains(gateway.Log.Lines, line =>
            line.Contains($"\"@tr\":\"{TraceId}\"", StringComparison.Ordinal)
            && line.Contains("\"Outcome\":\"ok\"", StringComparison.Ordinal));
        foreach (var secret in new[] { "a prompt that no span has", "Sure", caller.Key, "upstream-key" }) Assert.False(collector.Has(secret));

        var path = Repository.PathOf("docs", "trace.svg");
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") await File.WriteAllTextAsync(path, TracePicture.Draw(spans), TestContext.Current.CancellationToken);
        var drawn = Drawn().Matches(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))
            .Select(line => $"{line.Groups[1].Value} {WebUtility.HtmlDecode(line.Groups[2].Value)}");
        Assert.Equal(lines, drawn);

        IEnumerable<SpanSeen> Ancestors(SpanSeen span)
        {
            for (var parent = spans.Find(other => other.Id == span.Parent); parent is not null; parent = spans.Find(other => other.Id == parent.Parent)) yield return parent;
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(TestGateway gateway, TestCaller caller)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", caller.Key);
        request.Headers.Add("traceparent", $"00-{TraceId}-{CallersSpan}-01");
        return await gateway.Http.SendAsync(request);
    }

    [GeneratedRegex("""data-depth="(\d+)"[^>]*>([^<]*)</text>""")]
    private static partial Regex Drawn();
}
