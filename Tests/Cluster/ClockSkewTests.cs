using System.Globalization;
using System.Net;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster;

/// <summary>Two silos as processes, of which one's clock is wrong: from its start, or because it jumps.</summary>
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
    [InlineData("+40d", true)]
    [InlineData("+40d", false)]
    [InlineData("-1h", false)]
    public async Task Nobody_notices_a_silo_whose_clock_is_wrong(string ahead, bool fromTheStart)
    {
        redis.SkipWhenMissing();
        WrongClock.SkipWhenMissing();
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        var simulator = simulatorApp.GetSimulator();
        using var clock = new WrongClock();
        if (fromTheStart) clock.Set(ahead);
        var settings = Settings(simulator);
        clock.Give(settings);
        await using var right = await GatewayProcess.StartAsync(Settings(simulator));
        await using var wrong = await GatewayProcess.StartAsync(settings);
        var keys = new Dictionary<string, string>();
        foreach (var tenant in Tenants)
        {
            var id = $"{_cluster}-{tenant}";
            await right.AdminAsync(HttpMethod.Post, "tenants", $$"""{"id":"{{id}}","budgets":[{"window":"day","limitUsd":1},{"window":"month","limitUsd":5}]}""");
            keys[id] = (await wrong.AdminAsync(HttpMethod.Post, $"tenants/{id}/keys", """{"expiresAt":"2999-01-01T00:00:00Z"}""")).GetProperty("key").GetString()!;
        }
        var told = keys.Keys.ToDictionary(id => id, _ => 0m);
        await CallAllAsync("before");

        clock.Set(ahead);
        await CallAllAsync("after");
        await Eventually.BecomesAsync(
            () => Task.FromResult(wrong.Output), output => output.Contains("clock_skew", StringComparison.Ordinal), TimeSpan.FromSeconds(60), "Its log");
        await CallAllAsync("known");

        Assert.DoesNotContain("clock_skew", right.Output, StringComparison.Ordinal);
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
    private static async Task<decimal> CostAsync(GatewayProcess front, string tenant, string requestId)
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
}
