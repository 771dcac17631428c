using System.Net;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster;

/// <summary>Two silos as processes share a tenant: whoever crosses a threshold, it is told once, and a lost silo loses none.</summary>
[Collection(SlowestFirst.Clusters)]
public sealed class WebhookClusterTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const string Ask = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello there"}],"max_tokens":20,"x_sim":{"outputTokens":20}}""";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Requests_at_two_fronts_cross_each_threshold_once_and_one_silo_delivers_what_the_other_could_not()
    {
        redis.SkipWhenMissing();
        await using var receiver = await WebhookReceiver.StartAsync(failures: int.MaxValue);
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        await using var one = await GatewayProcess.StartAsync(Settings(simulatorApp.GetSimulator()));
        await using var two = await GatewayProcess.StartAsync(Settings(simulatorApp.GetSimulator()));
        var tenant = await one.AdminAsync(HttpMethod.Post, "tenants",
            $$"""{"id":"acme","budgets":[{"window":"total","limitUsd":0.004,"mode":"soft","alertAt":[0.25,0.5,0.75,1.0]}],"webhooks":[{"url":"{{receiver.Url}}","events":["budget.threshold"]}]}""");
        var secret = tenant.GetProperty("webhooks")[0].GetProperty("secret").GetString()!;
        var key = (await two.AdminAsync(HttpMethod.Post, "tenants/acme/keys", "{}")).GetProperty("key").GetString()!;

        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 60).Select(i => (i % 2 == 0 ? one : two).ChatAsync(key, Ask))))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Eventually.BecomesAsync(() => Task.FromResult(receiver.All.Select(r => r.Id).Distinct().Count()), ids => ids == 4, Patience, "Four events");

        // Whichever of the two delivers: the one that is left goes on.
        await one.KillAsync();
        receiver.FailNext = 0;
        await Eventually.BecomesAsync(
            () => Task.FromResult(receiver.All.Where(r => r.Accepted).Select(r => r.Id).Distinct().Count()),
            ids => ids == 4,
            Patience,
            "Four accepted events");

        Assert.Equal(4, receiver.All.Select(r => r.Id).Distinct().Count());
        Assert.Equal([0.25m, 0.5m, 0.75m, 1.0m], receiver.All.DistinctBy(r => r.Id).Select(r => r.Json.GetProperty("data").GetProperty("threshold").GetDecimal()).Order());
        Assert.All(receiver.All, r => Assert.True(r.IsSignedWith(secret)));
    }

    private Dictionary<string, string?> Settings(SimulatorHandle simulator)
    {
        var settings = GatewayProcess.Settings(simulator.BaseAddress);
        settings.ClusteredOnRedis(redis.Endpoint);
        settings["Gateway:Webhooks:AllowPrivateAddresses"] = "true";
        settings["Gateway:Webhooks:FirstRetry"] = "00:00:01";
        settings["Gateway:Webhooks:LongestRetry"] = "00:00:02";
        return settings;
    }
}
