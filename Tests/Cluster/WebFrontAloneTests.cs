using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster;

/// <summary>A web front as a process of its own, before a silo that serves no HTTP: callers see no difference, whatever becomes of them or of it.</summary>
[Collection(SlowestFirst.Clusters)]
public sealed class WebFrontAloneTests(RedisServer redis) : IClassFixture<RedisServer>, IAsyncLifetime
{
    // A cluster and a tenant for each test: they share the store.
    private readonly string _own = $"alone-{Interlocked.Increment(ref _tests)}";
    private static int _tests;
    private WebApplication _upstream = null!;
    private GatewayProcess _silo = null!;
    private GatewayProcess _front = null!;
    private string _key = "";

    private SimulatorHandle Upstream => _upstream.GetSimulator();

    public async ValueTask InitializeAsync()
    {
        redis.SkipWhenMissing();
        _upstream = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await _upstream.StartAsync();
        _silo = await GatewayProcess.StartSiloAsync(Settings(("Gateway:Http", "false"), ("Gateway:ManagementUrls", $"http://127.0.0.1:{FreePorts.Next()}"),
            ("Gateway:Providers:holysheep:BaseAddress", Upstream.BaseAddress.ToString()), ("Gateway:Providers:holysheep:ApiKey", "upstream-key"),
            ("Gateway:Providers:holysheep:ModelLimits:deepseek-v3.2:ConcurrentRequests", "1"), ("Gateway:Providers:holysheep:QueueWait", "00:01:00")));
        _front = await StartFrontAsync();
        await _front.AdminAsync(HttpMethod.Post, "tenants", $$"""{"id":"{{_own}}","limits":{"requestsPerMinute":600},"budgets":[{"window":"total","limitUsd":10}]}""");
        _key = (await _front.AdminAsync(HttpMethod.Post, $"tenants/{_own}/keys", "{}")).GetProperty("key").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_front is not null) await _front.DisposeAsync();
        if (_silo is not null) await _silo.DisposeAsync();
        if (_upstream is not null) await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_comes_with_all_its_headers_and_again_when_it_is_asked_for_again(bool stream)
    {
        var body = Chat("gpt-4.1", stream);
        using var first = await SendAsync(body, "once");
        using var again = await SendAsync(body, "once");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, again.StatusCode));
        var text = await first.Content.ReadAsStringAsync();
        Assert.Equal(text, await again.Content.ReadAsStringAsync());
        if (stream) Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        else Assert.Equal(3, JsonSerializer.Deserialize<JsonElement>(text).GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        foreach (var answer in new[] { first, again })
            Assert.Equal(("600", "holysheep", "1"), (Header(answer, "x-ratelimit-limit-requests"), Header(answer, "x-gateway-provider"), Header(answer, "x-gateway-attempts")));
        Assert.Equal((null, "true"), (Header(first, "x-gateway-replayed"), Header(again, "x-gateway-replayed")));
        Assert.Equal(Header(first, "x-request-id"), Header(again, "x-gateway-original-request-id"));
        Assert.Equal(1, Upstream.Bill.Count);
    }

    [Fact]
    public async Task The_largest_answer_comes_whole_and_a_larger_one_disturbs_nobody()
    {
        const int Most = 15 * 1024 * 1024;
        var gate = SendAsync(Chat("gpt-4.1", stream: false, "g"));
        await Upstream.Gates.WaitForWaitersAsync("g", 1);

        foreach (var (size, status) in new[] { (Most, HttpStatusCode.OK), (Most + 1, HttpStatusCode.BadGateway), (40 * 1024 * 1024, HttpStatusCode.BadGateway) })
        {
            Upstream.Script.Next(new SimulatorScript { Status = 200, RawBody = Answer(size - Answer(0).Length), ContentType = "application/json" });
            using var answer = await SendAsync(Chat("gpt-4.1", stream: false));
            Assert.Equal(status, answer.StatusCode);
            if (status == HttpStatusCode.OK) Assert.Equal(size, (await answer.Content.ReadAsByteArrayAsync()).Length);
            else Assert.Equal("upstream_invalid_response", await CodeAsync(answer));
        }

        Upstream.Gates.Open("g");
        using var other = await gate;
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);

        static string Answer(int letters) =>
            $$$"""{"choices":[{"index":0,"message":{"role":"assistant","content":"{{{new string('x', letters)}}}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";
    }

    [Fact]
    public async Task Who_is_not_admitted_is_told_why_and_pays_nothing()
    {
        using var unknown = await SendAsync(Chat("no-such-model"));
        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (unknown.StatusCode, await CodeAsync(unknown)));
        await _front.AdminAsync(HttpMethod.Patch, $"tenants/{_own}", """{"budgets":[{"window":"total","limitUsd":0.000001}]}""");
        using var broke = await SendAsync(Chat("gpt-4.1"));
        Assert.Equal((HttpStatusCode.TooManyRequests, "insufficient_quota", "600"), (broke.StatusCode, await CodeAsync(broke), Header(broke, "x-ratelimit-limit-requests")));
        Assert.Empty(await LedgerAsync());
        Assert.Equal(0, Upstream.Bill.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_caller_who_goes_while_it_waits_for_a_turn_costs_nothing(bool stream)
    {
        var body = Chat("deepseek-v3.2", stream, "g");
        var first = SendAsync(body);
        await Upstream.Gates.WaitForWaitersAsync("g", 1);
        using var hangUp = new CancellationTokenSource();
        var second = SendAsync(body, hangUp: hangUp.Token);
        await Eventually.BecomesAsync(WaitingAsync, waiting => waiting == 1, TimeSpan.FromSeconds(30), "The second call's wait");
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        var ledger = await Eventually.BecomesAsync(LedgerAsync, entries => entries.Count > 0, TimeSpan.FromSeconds(30), "The end of the second call");
        Assert.Equal(("void", "client_gone"), (ledger[0].GetProperty("kind").GetString(), ledger[0].GetProperty("outcome").GetString()));
        Upstream.Gates.Open("g");
        using var answered = await first;
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        Assert.Equal(1, Upstream.Bill.Count);
    }

    [Fact]
    public async Task A_front_that_is_killed_leaves_no_hold_behind()
    {
        var calling = SendAsync(Chat("gpt-4.1", gate: "g"));
        await Upstream.Gates.WaitForWaitersAsync("g", 1);
        await _front.KillAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => calling);
        _front = await StartFrontAsync();
        Upstream.Gates.Open("g");

        var ledger = await Eventually.BecomesAsync(LedgerAsync, entries => entries.Count > 0, TimeSpan.FromSeconds(30), "The posting of the call that nobody waits for");
        Assert.Equal(("posted", "ok"), (ledger[0].GetProperty("kind").GetString(), ledger[0].GetProperty("outcome").GetString()));
        Assert.Empty((await _front.AdminAsync(HttpMethod.Get, $"tenants/{_own}/holds")).GetProperty("holds").EnumerateArray());
    }

    private static string Chat(string model, bool stream = false, string? gate = null) => $$"""
        {"model":"{{model}}","max_tokens":3,"stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"Say what is seen by nobody"}]{{(gate is null ? "" : $$""","x_sim":{"gate":"{{gate}}"}""")}} }
        """;

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private static async Task<string?> CodeAsync(HttpResponseMessage response) => (await FrontHarness.JsonAsync(response)).GetProperty("error").GetProperty("code").GetString();

    private Task<HttpResponseMessage> SendAsync(string body, string? idempotencyKey = null, CancellationToken hangUp = default) =>
        _front.ChatAsync(_key, body, idempotencyKey, hangUp);

    private async Task<IReadOnlyList<JsonElement>> LedgerAsync() =>
        [.. (await _front.AdminAsync(HttpMethod.Get, $"tenants/{_own}/ledger")).GetProperty("entries").EnumerateArray()];

    /// <summary>How many calls wait for a turn at the limited model; silos tell it once a second.</summary>
    private async Task<int> WaitingAsync()
    {
        var targets = (await _front.AdminAsync(HttpMethod.Get, "providers")).GetProperty("providers").EnumerateArray();
        var queues = targets
            .Where(target => target.GetProperty("model").GetString() == "deepseek-v3.2")
            .SelectMany(target => target.GetProperty("lanes").EnumerateArray())
            .Select(lane => lane.GetProperty("queue"));
        return queues.Where(queue => queue.ValueKind == JsonValueKind.Object).Sum(queue => queue.GetProperty("waiting").GetInt32());
    }

    private Task<GatewayProcess> StartFrontAsync() => GatewayProcess.StartFrontAsync(Settings(("Urls", $"http://127.0.0.1:{FreePorts.Next()}"), ("Gateway:ManagementUrls", "")));

    private Dictionary<string, string?> Settings(params (string Name, string Value)[] own)
    {
        var settings = GatewayProcess.Settings(Upstream.BaseAddress);
        settings["Gateway:ClusterId"] = _own;
        settings.ClusteredOnRedis(redis.Endpoint);
        foreach (var (name, value) in own) settings[name] = value;
        return settings;
    }
}
