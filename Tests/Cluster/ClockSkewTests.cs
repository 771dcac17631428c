using System.Globalization;
using System.Net.Http.Headers;
using System.Net;
using System.Text.Json;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster;

/// <summary>Two silos on one Redis, of which one's machine has a wrong clock: from its start, or because it jumps.</summary>
[Collection(SlowestFirst.Clusters)]
public sealed class ClockSkewTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const string Body = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello there"}],"max_tokens":20}""";
    private const string Stream = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello there"}],"max_tokens":20,"stream":true}""";

    // Of six tenants some live at each silo.
    private static readonly string[] Tenants = ["dawn", "day", "dusk", "night", "noon", "morning"];
    private static int _clusters;

    private readonly string _cluster = $"skew-{Interlocked.Increment(ref _clusters)}";

    [Theory(Explicit = true)]
    [InlineData(40 * 24, true)]
    [InlineData(40 * 24, false)]
    [InlineData(-1, false)]
    public async Task Nobody_notices_a_silo_whose_clock_is_wrong(int hoursAhead, bool fromTheStart)
    {
        redis.SkipWhenMissing();
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        var simulator = simulatorApp.GetSimulator();
        var (clock, ahead) = (new OffClock(TimeProvider.System), TimeSpan.FromHours(hoursAhead));
        if (fromTheStart) clock.Ahead = ahead;
        await using var right = await ClockedSilo.StartAsync(Settings(simulator), new OffClock(TimeProvider.System));
        await using var wrong = await ClockedSilo.StartAsync(Settings(simulator), clock);
        var keys = new Dictionary<string, string>();
        foreach (var tenant in Tenants)
        {
            var id = $"{_cluster}-{tenant}";
            await right.AdminAsync(HttpMethod.Post, "tenants", $$"""{"id":"{{id}}","budgets":[{"window":"day","limitUsd":1},{"window":"month","limitUsd":5}]}""");
            keys[id] = (await wrong.AdminAsync(HttpMethod.Post, $"tenants/{id}/keys", """{"expiresAt":"2999-01-01T00:00:00Z"}""")).GetProperty("key").GetString()!;
        }
        var told = keys.Keys.ToDictionary(id => id, _ => 0m);
        await CallAllAsync("before");

        clock.Ahead = ahead;
        await CallAllAsync("after");
        await wrong.Services.GetRequiredService<ClockComparison>().CompareAsync();
        await CallAllAsync("known");

        foreach (var (id, spent) in told)
        {
            var budgets = (await wrong.AdminAsync(HttpMethod.Get, $"tenants/{id}/quota")).GetProperty("budgets").EnumerateArray().ToList();
            Assert.Equal(2, budgets.Count);
            Assert.All(budgets, budget => Assert.Equal(spent, budget.GetProperty("settledUsd").GetDecimal()));
            Assert.All(budgets, budget => Assert.Equal(0, budget.GetProperty("heldUsd").GetDecimal() + budget.GetProperty("suspenseUsd").GetDecimal()));
        }
        Assert.Equal(Tenants.Length * 3 * 4, simulator.Bill.Count);
        Assert.All(
            (await right.AdminAsync(HttpMethod.Get, "cluster")).GetProperty("silos").EnumerateArray(),
            silo => Assert.Equal("active", silo.GetProperty("status").GetString()));

        async Task CallAllAsync(string when)
        {
            foreach (var (id, key) in keys)
            {
                foreach (var front in new[] { right, wrong })
                {
                    using var whole = await front.ChatAsync(key, Body, idempotencyKey: $"{when}-{(front == right ? "right" : "wrong")}");
                    Assert.Equal((HttpStatusCode.OK, ""), (whole.StatusCode, whole.IsSuccessStatusCode ? "" : await whole.Content.ReadAsStringAsync()));
                    told[id] += decimal.Parse(whole.Headers.GetValues("x-gateway-cost-usd").Single(), CultureInfo.InvariantCulture);

                    using var streamed = await front.ChatAsync(key, Stream);
                    Assert.EndsWith("data: [DONE]\n\n", await streamed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
                    told[id] += await CostAsync(front == right ? wrong : right, id, streamed.Headers.GetValues("x-request-id").Single());
                }

                // A key of before the jump, at the other front: known still, and no new call.
                using var again = await right.ChatAsync(key, Body, idempotencyKey: $"{when}-wrong");
                Assert.Equal("true", again.Headers.GetValues("x-gateway-replayed").Single());
            }
        }
    }

    /// <summary>What a request cost, as it is found at either front.</summary>
    private static async Task<decimal> CostAsync(ClockedSilo front, string tenant, string requestId)
    {
        var request = await front.AdminAsync(HttpMethod.Get, $"tenants/{tenant}/requests/{requestId}");
        return request.GetProperty("entries").EnumerateArray().Sum(entry => entry.GetProperty("costUsd").GetDecimal());
    }

    private Dictionary<string, string?> Settings(SimulatorHandle simulator)
    {
        var settings = GatewayProcess.Settings(simulator.BaseAddress);
        settings["Gateway:ClusterId"] = _cluster;
        settings.ClusteredOnRedis(redis.Endpoint);
        return settings;
    }

    /// <summary>A silo in this process, whose machine's clock is the test's.</summary>
    private sealed class ClockedSilo(WebApplication app) : IAsyncDisposable
    {
        private readonly HttpClient _http = PlainClient.Create(new Uri(app.Urls.First()));

        public IServiceProvider Services => app.Services;

        public static async Task<ClockedSilo> StartAsync(Dictionary<string, string?> settings, TimeProvider machine)
        {
            settings["Gateway:ManagementUrls"] = "";
            var app = await SiloHost.BuildAsync([], builder =>
            {
                builder.Configuration.AddInMemoryCollection(settings);
                builder.Services.AddSingleton(new ClusterTime(machine));
            });
            await app.StartAsync();
            return new ClockedSilo(app);
        }

        public async Task<JsonElement> AdminAsync(HttpMethod method, string path, string? body = null)
        {
            using var response = await SendAsync(method, "/admin/v1/" + path, TestGateway.AdminKey, body, null);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, $"{method} {path} gave {(int)response.StatusCode}: {text}");
            return JsonDocument.Parse(text).RootElement;
        }

        public Task<HttpResponseMessage> ChatAsync(string key, string body, string? idempotencyKey = null) =>
            SendAsync(HttpMethod.Post, "/v1/chat/completions", key, body, idempotencyKey);

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await app.StopAsync();
            await app.DisposeAsync();
        }

        private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string key, string? body, string? idempotencyKey)
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
            if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            return await _http.SendAsync(request);
        }
    }
}
