using System.Globalization;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Faults;

/// <summary>What a kill -9 leaves behind, on each store.</summary>
public abstract class CrashTests
{
    private const int Requests = 200;
    private const string Body = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello there"}],"max_tokens":20,"x_sim":{"outputTokens":20,"gate":"all"}}""";

    protected abstract void ChooseStore(IDictionary<string, string?> settings, string dataDirectory);

    [Fact]
    public async Task After_a_kill_among_two_hundred_requests_every_posting_a_caller_was_told_of_is_there_and_the_rest_counts()
    {
        using var data = new TempFolder();
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        var simulator = simulatorApp.GetSimulator();
        var settings = GatewayProcess.Settings(simulator.BaseAddress);
        ChooseStore(settings, data.Path);

        string key;
        var told = new Dictionary<string, decimal>();
        await using (var gateway = await GatewayProcess.StartAsync(settings))
        {
            await gateway.AdminAsync(HttpMethod.Post, "tenants", """{"id":"acme","budgets":[{"window":"month","limitUsd":1}]}""");
            key = (await gateway.AdminAsync(HttpMethod.Post, "tenants/acme/keys", "{}")).GetProperty("key").GetString()!;

            var calls = Enumerable.Range(0, Requests).Select(_ => gateway.ChatAsync(key, Body)).ToList();
            await simulator.Gates.WaitForWaitersAsync("all", Requests);
            // All are at the upstream. Let them go, and kill the gateway when a quarter of the callers has its answer.
            simulator.Gates.Open("all");
            await foreach (var call in Task.WhenEach(calls))
            {
                Remember(call, told);
                if (told.Count == Requests / 4) break;
            }
            await gateway.KillAsync();
            foreach (var call in calls) Remember(await Task.WhenAny(call), told);
        }

        await using var restarted = await GatewayProcess.StartAsync(settings);
        var ledger = (await restarted.AdminAsync(HttpMethod.Get, "tenants/acme/ledger?limit=1000")).GetProperty("entries").EnumerateArray().ToList();
        var posted = ledger.ToDictionary(e => e.GetProperty("requestId").GetString()!, e => e.GetProperty("costUsd").GetDecimal());
        Assert.All(told, t => Assert.Equal(t.Value, posted[t.Key]));

        var quota = await restarted.AdminAsync(HttpMethod.Get, "tenants/acme/quota");
        var budget = Assert.Single(quota.GetProperty("budgets").EnumerateArray());
        Assert.Equal(posted.Values.Sum(), budget.GetProperty("settledUsd").GetDecimal());
        Assert.Equal(Requests - posted.Count, quota.GetProperty("openReservations").GetInt32());
        var worst = ((Body.Length * 2m) + (20 * 8m)) / 1_000_000m;
        Assert.Equal((Requests - posted.Count) * worst, budget.GetProperty("heldUsd").GetDecimal());

        // And it goes on as if nothing had been.
        using var next = await restarted.ChatAsync(key, Body);
        Assert.True(next.IsSuccessStatusCode);
    }

    private static void Remember(Task<HttpResponseMessage> call, Dictionary<string, decimal> told)
    {
        if (!call.IsCompletedSuccessfully || !call.Result.IsSuccessStatusCode) return;
        var headers = call.Result.Headers;
        told[headers.GetValues("x-request-id").Single()] = decimal.Parse(headers.GetValues("x-gateway-cost-usd").Single(), CultureInfo.InvariantCulture);
    }
}

public sealed class CrashOnTheEmbeddedStoreTests : CrashTests
{
    [Fact]
    public async Task A_second_process_on_the_same_data_directory_is_refused_with_a_clear_message()
    {
        using var data = new TempFolder();
        var first = GatewayProcess.Settings(new Uri("http://127.0.0.1:9/v1"));
        ChooseStore(first, data.Path);
        await using var running = await GatewayProcess.StartAsync(first);
        var second = GatewayProcess.Settings(new Uri("http://127.0.0.1:9/v1"));
        ChooseStore(second, data.Path);

        var (exitCode, output) = await GatewayProcess.RunToEndAsync(second);

        Assert.Equal(1, exitCode);
        Assert.Contains(data.Path, output, StringComparison.Ordinal);
        Assert.Contains("Gateway:DataDirectory", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    protected override void ChooseStore(IDictionary<string, string?> settings, string dataDirectory) => settings["Gateway:DataDirectory"] = dataDirectory;
}

public sealed class CrashOnRedisTests(RedisServer redis) : CrashTests, IClassFixture<RedisServer>
{
    protected override void ChooseStore(IDictionary<string, string?> settings, string dataDirectory)
    {
        redis.SkipWhenMissing();
        settings.OnRedis(redis.Endpoint);
    }
}
