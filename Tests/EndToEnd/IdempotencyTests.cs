using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>The same key twice, through sockets: one upstream call, one charge, one answer; on each store.</summary>
public abstract class IdempotencyTests : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";
    private const string Embeddings = "/v1/embeddings";

    private TestGateway _gateway = null!;

    /// <summary>Settings that choose the store.</summary>
    protected abstract IReadOnlyDictionary<string, string?> Settings { get; }

    public async ValueTask InitializeAsync() => _gateway = await TestGateway.StartAsync(Settings);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_gateway is not null) await _gateway.DisposeAsync();
    }

    public static TheoryData<string, string> Calls => new()
    {
        { Chat, """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"max_tokens":9}""" },
        { Chat, """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"stream":true,"x_sim":{"outputTokens":12}}""" },
        { Chat, """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true},"x_sim":{"outputTokens":12,"chunkDelayMs":2}}""" },
        { "/v1/chat", """{"messages":[{"role":"user","content":"Hi"}],"max_tokens":9}""" },
        { "/v1/chat", """{"messages":[{"role":"user","content":"Hi"}],"max_tokens":9,"stream":true}""" },
        { "/v1/responses", """{"model":"gpt-4.1","input":"Hi"}""" },
        { "/v1/responses", """{"model":"gpt-4.1","input":"Hi","stream":true,"x_sim":{"outputTokens":12,"chunkDelayMs":2}}""" },
        { "/v1/messages", """{"model":"gpt-4.1","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}""" },
        { "/v1/messages", """{"model":"gpt-4.1","max_tokens":40,"messages":[{"role":"user","content":"Hi"}],"stream":true,"x_sim":{"outputTokens":12,"chunkDelayMs":2}}""" },
        { Embeddings, """{"model":"text-embedding-3-small","input":"rain"}""" },
        { Embeddings, """{"model":"text-embedding-3-small","input":"rain","encoding_format":"base64","x_sim":{"ignoreBase64":true}}""" },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task An_answer_is_given_again_byte_for_byte_and_charged_once(string route, string body)
    {
        var caller = await _gateway.OpenTenantAsync();

        var first = await AskAsync(caller, route, body);
        var again = await AskAsync(caller, route, body);

        Assert.Equal((HttpStatusCode.OK, null), (first.Status, first.Header("x-gateway-replayed")));
        Assert.Equal((HttpStatusCode.OK, "true"), (again.Status, again.Header("x-gateway-replayed")));
        Assert.Equal(first.Body, again.Body);
        Assert.Equal(first.Type, again.Type);
        Assert.Equal(first.Header("x-request-id"), again.Header("x-gateway-original-request-id"));
        foreach (var name in new[] { "x-gateway-cost-usd", "x-gateway-provider", "x-gateway-model", "x-gateway-attempts", "x-gateway-fallback" })
            Assert.Equal((name, first.Header(name)), (name, again.Header(name)));
        var entry = Assert.Single(await caller.LedgerAsync());
        Assert.Equal(first.Header("x-request-id"), entry.GetProperty("requestId").GetString());
        Assert.Equal(1, _gateway.Simulator.Bill.Snapshot().Calls.Count(c => c.RequestId == first.Header("x-request-id")));
        await AssertNothingHeldAsync(caller);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_calls_at_once_one_goes_to_the_upstream_and_the_others_are_told_to_come_back(bool stream)
    {
        var caller = await _gateway.OpenTenantAsync();
        var gate = $"once-{caller.TenantId}";
        var body = $$"""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"stream":{{(stream ? "true" : "false")}},"x_sim":{"outputTokens":9,"gate":"{{gate}}"} }""";

        var calls = Enumerable.Range(0, 20).Select(_ => AskAsync(caller, Chat, body)).ToList();
        await _gateway.Simulator.Gates.WaitForWaitersAsync(gate, 1);
        var refused = new List<Told>();
        await foreach (var call in Task.WhenEach(calls))
        {
            refused.Add(await call);
            if (refused.Count == calls.Count - 1) _gateway.Simulator.Gates.Open(gate);
        }
        var answered = refused[^1];
        refused.RemoveAt(refused.Count - 1);

        Assert.Equal(HttpStatusCode.OK, answered.Status);
        Assert.All(refused, r => Assert.Equal((HttpStatusCode.Conflict, "idempotency_in_progress", "2"), (r.Status, r.Code, r.Header("retry-after"))));
        Assert.Equal(answered.Body, (await AskAsync(caller, Chat, body)).Body);
        Assert.Single(await caller.LedgerAsync());
        await AssertNothingHeldAsync(caller);
    }

    [Fact]
    public async Task Another_body_or_route_with_the_same_key_is_refused_and_another_tenants_key_is_another()
    {
        var caller = await _gateway.OpenTenantAsync();
        var other = await _gateway.OpenTenantAsync();
        const string Body = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"max_tokens":9}""";
        await AskAsync(caller, Chat, Body);

        foreach (var told in new[] { await AskAsync(caller, Chat, Body + " "), await AskAsync(caller, "/v1/chat", """{"messages":[{"role":"user","content":"Hi"}]}""") })
            Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency_key_reused"), (told.Status, told.Code));
        Assert.Null((await AskAsync(other, Chat, Body)).Header("x-gateway-replayed"));
        Assert.Single(await caller.LedgerAsync());
        Assert.Single(await other.LedgerAsync());
    }

    [Fact]
    public async Task A_call_that_cost_nothing_is_done_again()
    {
        var caller = await _gateway.OpenTenantAsync();
        const string Body = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"x_sim":{"status":400}}""";
        for (var i = 0; i < 2; i++)
        {
            var told = await AskAsync(caller, Chat, Body);
            Assert.Equal((HttpStatusCode.BadRequest, null), (told.Status, told.Header("x-gateway-replayed")));
        }
        Assert.Equal(["void", "void"], (await caller.LedgerAsync()).Select(e => e.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task A_stream_that_broke_breaks_again_and_is_charged_once()
    {
        var caller = await _gateway.OpenTenantAsync();
        const string Body = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"stream":true,"x_sim":{"outputTokens":20,"errorEventAt":4}}""";

        var first = await AskAsync(caller, Chat, Body);
        var again = await AskAsync(caller, Chat, Body);

        Assert.True(first.Broke && again.Broke);
        Assert.Contains("\"code\":\"upstream_error\"", first.Body, StringComparison.Ordinal);
        Assert.Equal(first.Body, again.Body);
        Assert.Equal("true", again.Header("x-gateway-replayed"));
        Assert.Single(await caller.LedgerAsync());
    }

    [Fact]
    public async Task Whoever_hangs_up_in_the_middle_of_a_stream_gets_the_whole_of_it_by_asking_again()
    {
        var caller = await _gateway.OpenTenantAsync();
        var gate = $"leave-{caller.TenantId}";
        var body = $$"""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true},"x_sim":{"outputTokens":60,"gate":"{{gate}}","gateAfterChunks":5,"chunkDelayMs":1} }""";
        using (var left = await SendAsync(caller, Chat, body, "k"))
        {
            await _gateway.Simulator.Gates.WaitForWaitersAsync(gate, 1);
        }
        _gateway.Simulator.Gates.Open(gate);

        var told = await Eventually.BecomesAsync(
            () => AskAsync(caller, Chat, body),
            t => t.Status != HttpStatusCode.Conflict,
            TimeSpan.FromSeconds(30),
            "An answer to be given again");

        Assert.Equal((HttpStatusCode.OK, "true", false), (told.Status, told.Header("x-gateway-replayed"), told.Broke));
        Assert.EndsWith("data: [DONE]\n\n", told.Body, StringComparison.Ordinal);
        var entry = Assert.Single(await caller.LedgerAsync());
        Assert.Equal((60, false), (entry.GetProperty("outputTokens").GetInt32(), entry.GetProperty("estimated").GetBoolean()));
        Assert.Contains($"\"cost_usd\":{entry.GetProperty("costUsd").GetRawText()}", told.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_too_large_to_keep_reaches_its_caller_and_is_refused_to_the_next()
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>(Settings) { ["Gateway:Idempotency:MaxAnswerBytes"] = "1024" });
        var caller = await gateway.OpenTenantAsync();
        const string Body = """{"model":"text-embedding-3-small","input":"rain"}""";

        var first = await AskAsync(caller, Embeddings, Body);
        var again = await AskAsync(caller, Embeddings, Body);

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency_answer_not_kept"), (again.Status, again.Code));
        Assert.Contains(first.Header("x-request-id")!, again.Body, StringComparison.Ordinal);
        Assert.Single(await caller.LedgerAsync());
    }

    private static async Task AssertNothingHeldAsync(TestCaller caller) =>
        Assert.Equal(0, (await caller.QuotaAsync()).GetProperty("openReservations").GetInt32());

    private static async Task<HttpResponseMessage> SendAsync(TestCaller caller, string route, string body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, route) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", caller.Key);
        request.Headers.Add("Idempotency-Key", key);
        return await caller.Gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task<Told> AskAsync(TestCaller caller, string route, string body, string key = "k")
    {
        using var response = await SendAsync(caller, route, body, key);
        await using var stream = await response.Content.ReadAsStreamAsync();
        var got = new MemoryStream();
        var broke = false;
        try
        {
            await stream.CopyToAsync(got);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            broke = true;
        }
        return new Told(
            response.StatusCode, Encoding.UTF8.GetString(got.ToArray()), response.Content.Headers.ContentType?.ToString(), broke,
            response.Headers.ToDictionary(h => h.Key, h => h.Value.Single(), StringComparer.OrdinalIgnoreCase));
    }

    private sealed record Told(HttpStatusCode Status, string Body, string? Type, bool Broke, IReadOnlyDictionary<string, string> Headers)
    {
        public string? Code => JsonDocument.Parse(Body).RootElement.GetProperty("error").GetProperty("code").GetString();

        public string? Header(string name) => Headers.GetValueOrDefault(name);
    }
}

public sealed class IdempotencyOnTheEmbeddedStoreTests : IdempotencyTests
{
    protected override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>();
}

public sealed class IdempotencyOnRedisTests(RedisServer redis) : IdempotencyTests, IClassFixture<RedisServer>
{
    protected override IReadOnlyDictionary<string, string?> Settings
    {
        get
        {
            redis.SkipWhenMissing();
            return new Dictionary<string, string?>().OnRedis(redis.Endpoint);
        }
    }
}
