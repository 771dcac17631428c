using System.Net;
using System.Text;
using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

public sealed class ChatEndpointTests
{
    private const string Chat = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}]}""";
    private const string Stream = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"stream":true}""";

    private const string Events =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n";

    private const string MoreEvents =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"}}]}\n\ndata: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"no\"}}]}\n\ndata: [DONE]\n\n";

    [Fact]
    public async Task The_upstreams_bytes_come_through_unchanged_with_what_the_gateway_knows_in_headers()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Tenant.Limits = new RateLimitSnapshot(600, 599, TimeSpan.FromMilliseconds(100), 200_000, 199_000, TimeSpan.FromMinutes(6));
        front.Grains.Pool.OnComplete = (_, _) => Task.FromResult<ProviderAnswer>(
            FakeProviderGrain.Completed(FakeProviderGrain.Completion) with { By = new AnsweredBy("simulator", "deepseek-v3.2", 2, true) });
        using var response = await front.PostAsync("/v1/chat/completions", Chat);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(FakeProviderGrain.Completion, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        foreach (var (name, value) in new[]
        {
            ("x-gateway-cost-usd", "0.000264"), ("x-gateway-provider", "simulator"), ("x-gateway-model", "deepseek-v3.2"), ("x-gateway-attempts", "2"),
            ("x-gateway-fallback", "true"), ("x-ratelimit-limit-requests", "600"), ("x-ratelimit-remaining-requests", "599"), ("x-ratelimit-reset-requests", "100ms"),
            ("x-ratelimit-limit-tokens", "200000"), ("x-ratelimit-remaining-tokens", "199000"), ("x-ratelimit-reset-tokens", "6m0s"),
        })
            Assert.Equal((name, value), (name, response.Headers.GetValues(name).Single()));
        Assert.Equal(26, response.Headers.GetValues("x-request-id").Single().Length);
        Assert.False(response.Headers.Contains("Server"));
        Assert.Equal(Chat, Encoding.UTF8.GetString(front.Grains.Pool.Requests.Single().Body.Span));
    }

    [Fact]
    public async Task A_stream_begins_with_its_first_event_and_keeps_every_byte()
    {
        await using var front = await FrontHarness.StartAsync();
        var go = new TaskCompletionSource();
        front.Grains.Pool.OnStream = async (_, _, sink) =>
        {
            Assert.True(await sink.Push(0, FakeProviderGrain.Head, Encoding.UTF8.GetBytes(Events)));
            await go.Task;
            Assert.True(await sink.Push(1, null, Encoding.UTF8.GetBytes(MoreEvents)));
            return FakeProviderGrain.Streamed();
        };
        using var response = await front.PostAsync("/v1/chat/completions", Stream);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("no-cache", response.Headers.CacheControl!.ToString());
        Assert.Equal("no", response.Headers.GetValues("x-accel-buffering").Single());
        Assert.Equal("simulator", response.Headers.GetValues("x-gateway-provider").Single());
        Assert.False(response.Headers.Contains("x-gateway-cost-usd"));
        go.SetResult();
        Assert.Equal(Events + MoreEvents, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_stream_that_breaks_ends_with_an_error_event_and_a_cut_connection()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Pool.OnStream = async (_, _, sink) =>
        {
            await sink.Push(0, FakeProviderGrain.Head, Encoding.UTF8.GetBytes(Events));
            return FakeProviderGrain.Failed(UpstreamFailureKind.Error, begun: true);
        };
        using var response = await front.PostAsync("/v1/chat/completions", Stream);
        var text = await ReadUntilCutAsync(response);
        Assert.StartsWith(Events + "data: {\"error\":{\"message\":", text, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"upstream_error\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_batch_cuts_the_connection()
    {
        await using var front = await FrontHarness.StartAsync();
        var accepted = true;
        front.Grains.Pool.OnStream = async (_, _, sink) =>
        {
            await sink.Push(0, FakeProviderGrain.Head, Encoding.UTF8.GetBytes(Events));
            accepted = await sink.Push(2, null, Encoding.UTF8.GetBytes(MoreEvents));
            return FakeProviderGrain.Streamed();
        };
        using var response = await front.PostAsync("/v1/chat/completions", Stream);
        var text = await ReadUntilCutAsync(response);
        Assert.StartsWith(Events + "data: {\"error\":", text, StringComparison.Ordinal);
        Assert.False(accepted);
    }

    [Fact]
    public async Task The_pool_learns_that_the_caller_hung_up()
    {
        await using var front = await FrontHarness.StartAsync();
        var told = new TaskCompletionSource();
        front.Grains.Pool.OnStream = async (_, _, sink) =>
        {
            for (var number = 0; await sink.Push(number, FakeProviderGrain.Head, Encoding.UTF8.GetBytes(Events)); number++) await Task.Yield();
            told.SetResult();
            return FakeProviderGrain.Streamed() with { Outcome = "client_gone" };
        };
        using (var response = await front.PostAsync("/v1/chat/completions", Stream)) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await told.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_short_form_fills_in_what_is_missing_and_answers_in_short()
    {
        await using var front = await FrontHarness.StartAsync();
        using var response = await front.PostAsync("/v1/chat", """{"messages":[{"role":"user","content":"Hi"}]}""");
        var answer = await FrontHarness.JsonAsync(response);
        Assert.Equal(["model", "content", "latency_ms", "tokens_used", "cost_usd"], answer.EnumerateObject().Select(field => field.Name));
        Assert.Equal("gpt-4.1", answer.GetProperty("model").GetString());
        Assert.Equal("Hello", answer.GetProperty("content").GetString());
        Assert.Equal(42, answer.GetProperty("tokens_used").GetInt32());
        Assert.Equal(0.000264m, answer.GetProperty("cost_usd").GetDecimal());
        Assert.Equal(
            """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"temperature":0.7,"max_tokens":2048}""",
            Encoding.UTF8.GetString(front.Grains.Pool.Requests.Single().Body.Span));
    }

    [Fact]
    public async Task The_short_form_streams_texts_then_itself_then_done()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Pool.OnStream = async (_, request, sink) =>
        {
            Assert.True(request.Stream);
            await sink.Push(0, FakeProviderGrain.Head, Encoding.UTF8.GetBytes(Events));
            await sink.Push(1, null, Encoding.UTF8.GetBytes(MoreEvents));
            return FakeProviderGrain.Streamed();
        };
        using var response = await front.PostAsync("/v1/chat", """{"messages":[{"role":"user","content":"Hi"}],"stream":true}""");
        var events = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, events.Length);
        Assert.Equal("data: {\"content\":\"Hel\"}", events[0]);
        Assert.Equal("data: {\"content\":\"lo\"}", events[1]);
        var whole = JsonSerializer.Deserialize<JsonElement>(events[2]["data: ".Length..]);
        Assert.Equal("Hello", whole.GetProperty("content").GetString());
        Assert.Equal(0.000264m, whole.GetProperty("cost_usd").GetDecimal());
        Assert.Equal("data: [DONE]", events[3]);
    }

    [Fact]
    public async Task A_caller_who_goes_before_the_call_costs_nothing()
    {
        await using var front = await FrontHarness.StartAsync();
        var (asked, go) = (new TaskCompletionSource(), new ManualResetEventSlim());
        front.Grains.Tenant.Decide = request =>
        {
            asked.SetResult();
            go.Wait(TestContext.Current.CancellationToken);
            return front.Grains.Tenant.Grant(request);
        };
        using var hangUp = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Chat, Encoding.UTF8, "application/json") };
        var calling = front.Client.SendAsync(request, hangUp.Token);
        await asked.Task;
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling);
        await front.Grains.Pool.Left;
        go.Set();
        await front.DisposeAsync();

        Assert.Empty(front.Grains.Pool.Requests);
        Assert.Equal(PostingKind.Void, front.Grains.Tenant.Posted.Single().Kind);
        Assert.Equal(499, front.Logs.Events.Single(one => one.Name == "request").Fields["Status"]);
    }

    [Fact]
    public async Task A_null_model_asks_for_the_default()
    {
        await using var front = await FrontHarness.StartAsync();
        using var response = await front.PostAsync("/v1/chat/completions", """{"messages":[{"role":"user"}]}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(front.Grains.Tenant.Reserved.Single().Model);
    }

    private static async Task<string> ReadUntilCutAsync(HttpResponseMessage response)
    {
        var text = new StringBuilder();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
            while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line) text.Append(line).Append('\n');
        });
        return text.ToString();
    }
}
