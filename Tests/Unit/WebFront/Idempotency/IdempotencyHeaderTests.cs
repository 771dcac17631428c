using System.Net;
using System.Text;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

/// <summary>How the front reads keys and gives answers again.</summary>
public sealed class IdempotencyHeaderTests
{
    private const string Chat = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}]}""";
    private const string Short = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}]}""";
    private const string Stream = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"stream":true}""";
    private const string Events = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"}}]}\n\n";

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("two words")]
    [InlineData("tab\there")]
    [InlineData("256")]
    [InlineData("a", "b")]
    [InlineData("a", "a")]
    public async Task A_key_must_be_one_and_visible_ascii(params string[] keys)
    {
        await using var front = await FrontHarness.StartAsync();
        if (keys[0] == "256") keys[0] = new string('x', 256);
        using var response = await PostAsync(front, "/v1/chat/completions", Chat, keys);

        var error = (await FrontHarness.JsonAsync(response)).GetProperty("error");
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_value", "Idempotency-Key"),
            (response.StatusCode, error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.Empty(front.Grains.Tenant.Reserved);
    }

    [Fact]
    public async Task The_tenant_gets_the_key_as_sent_and_a_fingerprint_of_route_and_body()
    {
        await using var front = await FrontHarness.StartAsync();
        var longest = new string('~', 255);
        await PostAsync(front, "/v1/chat/completions", Chat, longest);
        await PostAsync(front, "/V1/Chat/completions/", Chat, "!");
        await PostAsync(front, "/v1/chat/completions", Chat + " ", "k");
        await PostAsync(front, "/v1/chat", Short, "k");
        await PostAsync(front, "/v1/embeddings", """{"model":"text-embedding-3-small","input":"x"}""", "k");
        await PostAsync(front, "/v1/chat/completions", Chat);

        var asked = front.Grains.Tenant.Reserved.Select(r => r.Idempotency).ToList();
        Assert.Equal([longest, "!", "k", "k", "k", null], asked.Select(a => a?.Key));
        // The first two are one request, spelled in two ways; of the others none is like another.
        Assert.Equal(asked[0]!.Fingerprint, asked[1]!.Fingerprint);
        Assert.Equal(4, asked.Skip(1).OfType<Idempotency>().Select(a => a.Fingerprint).Distinct().Count());
        Assert.All(asked.OfType<Idempotency>(), a => Assert.Equal(32, Convert.FromBase64String(a.Fingerprint).Length));
    }

    [Fact]
    public async Task A_whole_answer_is_given_again_without_a_call()
    {
        await using var front = await FrontHarness.StartAsync();
        Replays(front, new(FakeProviderGrain.Completed(FakeProviderGrain.Completion), default));
        using var response = await PostAsync(front, "/v1/chat/completions", Chat, "k");

        Assert.Equal(FakeProviderGrain.Completion, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        foreach (var (name, value) in new[]
        {
            ("x-gateway-replayed", "true"), ("x-gateway-original-request-id", "req_first"), ("x-gateway-cost-usd", "0.000264"),
            ("x-gateway-provider", "simulator"), ("x-gateway-model", "gpt-4.1"), ("x-gateway-attempts", "1"), ("x-ratelimit-limit-requests", "600"),
        })
            Assert.Equal((name, value), (name, response.Headers.GetValues(name).Single()));
        Assert.NotEqual("req_first", response.Headers.GetValues("x-request-id").Single());
        Assert.Empty(front.Grains.Pool.Requests);
    }

    [Fact]
    public async Task A_short_answer_says_how_long_the_first_one_took()
    {
        await using var front = await FrontHarness.StartAsync();
        Replays(front, new(FakeProviderGrain.Completed(FakeProviderGrain.Completion) with { Took = TimeSpan.FromMilliseconds(1234.567) }, default));
        using var response = await PostAsync(front, "/v1/chat", Short, "k");
        Assert.Equal(1234.57m, (await FrontHarness.JsonAsync(response)).GetProperty("latency_ms").GetDecimal());
    }

    [Theory]
    [InlineData("/v1/chat/completions", Events + "data: [DONE]\n\n")]
    [InlineData("/v1/chat", "data: {\"content\":\"Hel\"}\n\ndata: {\"content\":\"lo\"}\n\ndata: {\"model\":\"gpt-4.1\",\"content\":\"Hello\",\"latency_ms\":5,\"tokens_used\":42,\"cost_usd\":0.000264}\n\ndata: [DONE]\n\n")]
    public async Task A_stream_is_given_again_in_the_form_asked_for(string route, string expected)
    {
        await using var front = await FrontHarness.StartAsync();
        Replays(front, new(FakeProviderGrain.Streamed() with { Took = TimeSpan.FromMilliseconds(5) }, Encoding.UTF8.GetBytes(Events + "data: [DONE]\n\n")));
        using var response = await PostAsync(front, route, Stream, "k");

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("true", response.Headers.GetValues("x-gateway-replayed").Single());
        Assert.Equal(expected, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_stream_that_broke_breaks_again()
    {
        await using var front = await FrontHarness.StartAsync();
        Replays(front, new(FakeProviderGrain.Failed(UpstreamFailureKind.Error, begun: true), Encoding.UTF8.GetBytes(Events)));
        using var response = await PostAsync(front, "/v1/chat/completions", Stream, "k");

        Assert.Equal("true", response.Headers.GetValues("x-gateway-replayed").Single());
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var got = new MemoryStream();
        await Assert.ThrowsAnyAsync<Exception>(() => body.CopyToAsync(got, TestContext.Current.CancellationToken));
        Assert.StartsWith(Events + "data: {\"error\":{", Encoding.UTF8.GetString(got.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_that_was_charged_is_told_again_with_its_cost()
    {
        await using var front = await FrontHarness.StartAsync();
        Replays(
            front,
            new(
                FakeProviderGrain.Failed(UpstreamFailureKind.RequestRejected) with { Message = "filtered", Code = "content_filter", Receipt = FakeProviderGrain.Receipt },
                default));
        using var response = await PostAsync(front, "/v1/chat/completions", Chat, "k");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("content_filter", (await FrontHarness.JsonAsync(response)).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(("true", "0.000264"), (response.Headers.GetValues("x-gateway-replayed").Single(), response.Headers.GetValues("x-gateway-cost-usd").Single()));
    }

    private static void Replays(FrontHarness front, ReplayedAnswer answer)
    {
        front.Grains.Tenant.Decide = _ => new ReservationOutcome.Replay(
            new HoldId("req_first", 1), FakeProviderGrain.Receipt, new RateLimitSnapshot(600, 599, TimeSpan.FromSeconds(1), null, 0, default));
        front.Grains.Pool.OnReplay = (hold, _) => hold.RequestId == "req_first" ? answer : null;
    }

    private static Task<HttpResponseMessage> PostAsync(FrontHarness front, string path, string body, params string[] keys)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var key in keys) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return front.SendAsync(request);
    }
}
