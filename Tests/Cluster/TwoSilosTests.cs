using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster;

/// <summary>Two silos as processes, joined through Redis, each with its own front: what one admits the other knows.</summary>
[Collection(SlowestFirst.Clusters)]
public sealed class TwoSilosTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const string Body = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello there"}],"max_tokens":20,"x_sim":{"outputTokens":20,"gate":"all"}}""";

    // Those of the test before were killed, and would be looked for.
    private readonly string _cluster = $"pair-{Interlocked.Increment(ref _pairs)}";
    private static int _pairs;

    [Fact]
    public async Task Requests_at_two_fronts_share_one_budget_and_a_revoked_key_is_refused_at_both()
    {
        redis.SkipWhenMissing();
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        var simulator = simulatorApp.GetSimulator();
        await using var one = await GatewayProcess.StartAsync(Settings(simulator));
        await using var two = await GatewayProcess.StartAsync(Settings(simulator));
        var worst = ((Body.Length * 2m) + (20 * 8m)) / 1_000_000m;
        await one.AdminAsync(HttpMethod.Post, "tenants", $$"""{"id":"acme","budgets":[{"window":"month","limitUsd":{{(worst * 50).ToString(CultureInfo.InvariantCulture)}} }]}""");
        var issued = await two.AdminAsync(HttpMethod.Post, "tenants/acme/keys", "{}");
        var key = issued.GetProperty("key").GetString()!;

        var calls = Enumerable.Range(0, 400).Select(i => (i % 2 == 0 ? one : two).ChatAsync(key, Body)).ToList();
        await simulator.Gates.WaitForWaitersAsync("all", 50);
        var ended = 0;
        await foreach (var _ in Task.WhenEach(calls))
            if (++ended == 350) break;
        simulator.Gates.Open("all");
        var answers = await Task.WhenAll(calls);

        Assert.Equal(50, answers.Count(a => a.IsSuccessStatusCode));
        Assert.All(answers.Where(a => !a.IsSuccessStatusCode), a => Assert.Equal(HttpStatusCode.TooManyRequests, a.StatusCode));
        var told = answers.Where(a => a.IsSuccessStatusCode).Sum(a => decimal.Parse(a.Headers.GetValues("x-gateway-cost-usd").Single(), CultureInfo.InvariantCulture));
        foreach (var silo in new[] { one, two })
        {
            var budget = Assert.Single((await silo.AdminAsync(HttpMethod.Get, "tenants/acme/quota")).GetProperty("budgets").EnumerateArray());
            Assert.Equal(told, budget.GetProperty("settledUsd").GetDecimal());
            Assert.Equal(0, budget.GetProperty("heldUsd").GetDecimal());
        }
        Assert.Equal(50, simulator.Bill.Count);

        await one.AdminAsync(HttpMethod.Delete, $"tenants/acme/keys/{issued.GetProperty("id").GetString()}");
        foreach (var silo in new[] { one, two })
        {
            using var late = await silo.ChatAsync(key, Body);
            Assert.Equal(HttpStatusCode.Unauthorized, late.StatusCode);
            Assert.Equal("invalid_api_key", JsonDocument.Parse(await late.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task A_rate_limit_that_one_silo_met_is_known_to_the_other()
    {
        redis.SkipWhenMissing();
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        var simulator = simulatorApp.GetSimulator();
        await using var one = await GatewayProcess.StartAsync(Settings(simulator));
        await using var two = await GatewayProcess.StartAsync(Settings(simulator));
        var keys = new List<string>();
        foreach (var tenant in new[] { "north", "south", "east", "west", "up", "down" })
        {
            await one.AdminAsync(HttpMethod.Post, "tenants", $$"""{"id":"{{tenant}}"}""");
            keys.Add((await one.AdminAsync(HttpMethod.Post, $"tenants/{tenant}/keys", "{}")).GetProperty("key").GetString()!);
        }

        using (var limited = await one.ChatAsync(keys[0], """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"x_sim":{"status":429,"retryAfter":"60"}}"""))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, limited.StatusCode);
        // Of six tenants some live at the silo that did not meet it.
        foreach (var key in keys)
        {
            var refused = await Eventually.BecomesAsync(
                () => two.ChatAsync(key, """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"max_tokens":5}"""),
                answer => !answer.IsSuccessStatusCode,
                TimeSpan.FromSeconds(30),
                "A refusal at the other silo");
            Assert.Equal(
                (HttpStatusCode.ServiceUnavailable, "upstream_rate_limited"),
                (refused.StatusCode,
                    JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetProperty("code").GetString()));
        }

        // Should all six live at the other, nobody has waited for the news yet.
        var target = await Eventually.BecomesAsync(
            async () => (await two.AdminAsync(HttpMethod.Get, "providers")).GetProperty("providers").EnumerateArray().Single(t => t.GetProperty("model").GetString() == "gpt-4.1"),
            told => told.GetProperty("restReason").GetString() is not null, TimeSpan.FromSeconds(30), "The rest at the silo that did not meet it");
        Assert.Equal("rateLimited", target.GetProperty("restReason").GetString());
        Assert.Equal(1, target.GetProperty("outcomes").GetProperty("upstream_429").GetInt32());
    }

    [Fact]
    public async Task What_an_operator_puts_into_the_catalog_at_one_silo_is_in_force_at_the_other_and_after_both_were_killed()
    {
        redis.SkipWhenMissing();
        const string Quick = """{"model":"quick","messages":[{"role":"user","content":"Hi"}],"max_tokens":5}""";
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        var (first, second) = (Settings(simulatorApp.GetSimulator()), Settings(simulatorApp.GetSimulator()));
        var keys = new List<string>();
        await using (var one = await GatewayProcess.StartAsync(first))
        await using (var two = await GatewayProcess.StartAsync(second))
        {
            // Of four tenants some live at the silo that did not take the change.
            foreach (var tenant in new[] { "spring", "summer", "autumn", "winter" })
            {
                await one.AdminAsync(HttpMethod.Post, "tenants", $$"""{"id":"{{tenant}}"}""");
                keys.Add((await one.AdminAsync(HttpMethod.Post, $"tenants/{tenant}/keys", "{}")).GetProperty("key").GetString()!);
            }
            await one.AdminAsync(HttpMethod.Put, "catalog", """{"models":[],"aliases":{"quick":"deepseek-v3.2"}}""");
            foreach (var key in keys)
                await Eventually.BecomesAsync(() => two.ChatAsync(key, Quick), answer => answer.IsSuccessStatusCode, TimeSpan.FromSeconds(30), "The alias at the other silo");
            await Task.WhenAll(one.KillAsync(), two.KillAsync());
        }

        await using var again = await GatewayProcess.StartAsync(first);
        using var answer = await again.ChatAsync(keys[0], Quick);
        Assert.Equal((HttpStatusCode.OK, "deepseek-v3.2"), (answer.StatusCode, answer.Headers.GetValues("x-gateway-model").Single()));
        await again.AdminAsync(HttpMethod.Put, "catalog", """{"models":[]}""");
    }

    [Fact]
    public async Task A_web_front_of_its_own_serves_through_a_silo_that_serves_no_http()
    {
        redis.SkipWhenMissing();
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        var settings = Settings(simulatorApp.GetSimulator());
        settings["Gateway:Http"] = "false";
        settings["Gateway:ManagementUrls"] = "";
        var silo = await SiloHost.BuildAsync([], builder => builder.Configuration.AddInMemoryCollection(settings));
        await silo.StartAsync();
        Assert.IsType<NoServer>(silo.Services.GetRequiredService<IServer>());
        var front = WebFrontHost.Build([.. settings.Select(s => $"--{s.Key}={s.Value}")]);
        await front.StartAsync();
        using var http = PlainClient.Create(new Uri(front.Urls.First()));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminKey);
        (await http.PostAsJsonAsync("/admin/v1/tenants", new { id = "split" })).EnsureSuccessStatusCode();
        var issued = await (await http.PostAsJsonAsync("/admin/v1/tenants/split/keys", new { })).Content.ReadFromJsonAsync<JsonElement>();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", issued.GetProperty("key").GetString());

        using var whole = await http.PostAsJsonAsync(
            "/v1/chat/completions", new { model = "gpt-4.1", max_tokens = 3, messages = new[] { new { role = "user", content = "Hello" } } });
        using var streamed = await http.PostAsJsonAsync(
            "/v1/chat/completions", new { model = "gpt-4.1", max_tokens = 3, stream = true, messages = new[] { new { role = "user", content = "Hello" } } });

        Assert.Equal(3, (await whole.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.EndsWith("data: [DONE]\n\n", await streamed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await front.StopAsync();
        await front.DisposeAsync();
        await silo.StopAsync();
        await silo.DisposeAsync();
    }

    private Dictionary<string, string?> Settings(SimulatorHandle simulator)
    {
        var settings = GatewayProcess.Settings(simulator.BaseAddress);
        settings["Gateway:ClusterId"] = _cluster;
        settings.ClusteredOnRedis(redis.Endpoint);
        return settings;
    }
}
