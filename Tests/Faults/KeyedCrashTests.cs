using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Faults;

/// <summary>A process that dies in the middle of a call with an idempotency key, and the caller who asks again; on each store.</summary>
public abstract class KeyedCrashTests
{
    private const string Body = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello there"}],"max_tokens":20}""";

    // Half a minute of it is for booking; the rest is for the answer, on a machine that may be busy.
    private const string HoldLife = "00:00:45";

    protected abstract void ChooseStore(IDictionary<string, string?> settings, string dataDirectory);

    /// <summary>Where the process dies, how often the upstream is called in all, and what the ledger says in the end.</summary>
    private static readonly (FailPoint Point, int UpstreamCalls, string Endings)[] Cases =
    [
        // The answer was kept: it is posted when its caller asks again, and given.
        (FailPoint.AfterKeepAnswer, 1, "suspense,resolved"),
        (FailPoint.BeforePostAppend, 1, "suspense,resolved"),
        // It was posted: nothing is left but to give it.
        (FailPoint.AfterPostAppend, 1, "posted"),
        // Nobody knows: another call takes over, and the first is never invoiced.
        (FailPoint.BeforeKeepAnswer, 2, "suspense,posted"),
    ];

    [Fact]
    public async Task A_caller_who_asks_again_after_a_crash_gets_one_answer_and_pays_once()
    {
        using var data = new TempFolder();
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        var simulator = simulatorApp.GetSimulator();

        var keys = new Dictionary<FailPoint, string>();
        foreach (var (point, _, _) in Cases)
        {
            await using var gateway = await StartAsync(point);
            await gateway.AdminAsync(HttpMethod.Post, "tenants", $$"""{"id":"{{TenantOf(point)}}","budgets":[{"window":"month","limitUsd":1}]}""");
            keys[point] = (await gateway.AdminAsync(HttpMethod.Post, $"tenants/{TenantOf(point)}/keys", "{}")).GetProperty("key").GetString()!;
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => AskAsync(gateway, keys[point]));
            await gateway.WaitForExitAsync();
        }

        await using var last = await StartAsync(null);
        foreach (var (point, upstreamCalls, endings) in Cases)
        {
            var told = await Eventually.BecomesAsync(() => AskAsync(last, keys[point]), t => t.Status == HttpStatusCode.OK, TimeSpan.FromSeconds(120), $"{point}: An answer");
            var again = await AskAsync(last, keys[point]);

            Assert.Equal((point, HttpStatusCode.OK, HttpStatusCode.OK, "true"), (point, told.Status, again.Status, again.Replayed));
            Assert.Equal((point, upstreamCalls == 1 ? "true" : null), (point, told.Replayed));
            Assert.Equal((told.Body, told.Cost), (again.Body, again.Cost));
            var ledger = (await last.AdminAsync(HttpMethod.Get, $"tenants/{TenantOf(point)}/ledger?limit=1000")).GetProperty("entries").EnumerateArray().ToList();
            Assert.Equal((point, endings), (point, string.Join(',', ledger.Select(e => e.GetProperty("kind").GetString()))));
            Assert.Equal(told.Cost, ledger.Sum(e => e.GetProperty("costUsd").GetDecimal()));
            var requests = ledger.Select(e => e.GetProperty("requestId").GetString()).ToHashSet();
            Assert.Equal((point, upstreamCalls), (point, simulator.Bill.Snapshot().Calls.Count(c => requests.Contains(c.RequestId))));
        }

        Task<GatewayProcess> StartAsync(FailPoint? failPoint)
        {
            var settings = GatewayProcess.Settings(simulator.BaseAddress);
            settings["DOTNET_ENVIRONMENT"] = FailPoints.Environment;
            settings["Gateway:Tenants:AnswerHoldLife"] = HoldLife;
            if (failPoint is not null) settings[FailPoints.Variable] = $"{failPoint}";
            ChooseStore(settings, data.Path);
            return GatewayProcess.StartAsync(settings);
        }
    }

    private static string TenantOf(FailPoint point) => $"tenant-{(int)point}";

    private static async Task<(HttpStatusCode Status, string Body, string? Replayed, decimal Cost)> AskAsync(GatewayProcess gateway, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Headers.Add("Idempotency-Key", "once");
        using var response = await gateway.Http.SendAsync(request);
        var headers = response.Headers;
        return (
            response.StatusCode, await response.Content.ReadAsStringAsync(), headers.TryGetValues("x-gateway-replayed", out var replayed) ? replayed.Single() : null,
            headers.TryGetValues("x-gateway-cost-usd", out var cost) ? decimal.Parse(cost.Single(), System.Globalization.CultureInfo.InvariantCulture) : 0);
    }
}

public sealed class KeyedCrashOnTheEmbeddedStoreTests : KeyedCrashTests
{
    protected override void ChooseStore(IDictionary<string, string?> settings, string dataDirectory) => settings["Gateway:DataDirectory"] = dataDirectory;
}

public sealed class KeyedCrashOnRedisTests(RedisServer redis) : KeyedCrashTests, IClassFixture<RedisServer>
{
    protected override void ChooseStore(IDictionary<string, string?> settings, string dataDirectory)
    {
        redis.SkipWhenMissing();
        settings.OnRedis(redis.Endpoint);
    }
}
