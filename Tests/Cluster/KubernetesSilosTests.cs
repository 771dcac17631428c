using System.Net;
using System.Text.Json;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.Conformance.Membership;
using OrleansGateway.Tests.TestKit;
using OrleansGateway.Tests.TestKit.FakeKubernetes;

namespace OrleansGateway.Tests.Cluster;

/// <summary>Silos as processes, joined through the Kubernetes API as their settings say.</summary>
[Collection(SlowestFirst.Clusters)]
public sealed class KubernetesSilosTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const string Body = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello there"}],"max_tokens":20}""";

    [Fact]
    public async Task Silos_find_one_another_by_a_kubeconfig_and_one_that_is_stopped_leaves_the_table_as_dead()
    {
        redis.SkipWhenMissing();
        await using var server = await FakeApiServer.StartAsync();
        using var folder = new TempFolder();
        var kubeconfig = KubernetesConnectionTests.Kubeconfig(folder, server, server.Token!);
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        await using var one = await GatewayProcess.StartAsync(Settings());
        await using var two = await GatewayProcess.StartAsync(Settings());

        await one.AdminAsync(HttpMethod.Post, "tenants", """{"id":"acme"}""");
        var key = (await two.AdminAsync(HttpMethod.Post, "tenants/acme/keys", "{}")).GetProperty("key").GetString()!;
        foreach (var silo in new[] { one, two })
        {
            using var answer = await silo.ChatAsync(key, Body);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal(["Active", "Active"], States());
        // What each says of itself reaches the others a moment after it has joined, or with the next change that they see (Orleans asks once for each).
        var silos = await Eventually.BecomesAsync(
            SilosAsync, all => all.All(s => s.GetProperty("version").ValueKind == JsonValueKind.String), TimeSpan.FromSeconds(90), "Both versions");
        Assert.Equal(["active", "active"], silos.Select(StatusOf));
        Assert.All(silos, silo => Assert.InRange(silo.GetProperty("activations").GetInt32(), 1, int.MaxValue));
        Assert.Equal(2, silos.Select(silo => silo.GetProperty("name").GetString()).Distinct().Count());

        await two.SignalAsync("TERM");
        await two.WaitForExitAsync();
        Assert.Equal(["Active", "Dead"], States());
        silos = await SilosAsync();
        Assert.Equal(["active", "dead"], silos.Select(StatusOf));
        Assert.Equal(JsonValueKind.Null, silos[1].GetProperty("version").ValueKind);
        using var after = await one.ChatAsync(key, Body);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);

        Dictionary<string, string?> Settings()
        {
            var settings = GatewayProcess.Settings(simulatorApp.GetSimulator().BaseAddress);
            settings["Gateway:Clustering"] = "Kubernetes";
            settings.OnRedis(redis.Endpoint);
            settings["KUBECONFIG"] = kubeconfig;
            return settings;
        }

        async Task<JsonElement[]> SilosAsync() => [.. (await one.AdminAsync(HttpMethod.Get, "cluster")).GetProperty("silos").EnumerateArray()];

        static string? StatusOf(JsonElement silo) => silo.GetProperty("status").GetString();

        IEnumerable<string> States() => server.Store.Find("orleansclusters/of-the-context", "orleans-gateway")!["status"]!["members"]!.AsArray()
            .Select(row => row!["status"]!.GetValue<string>()).Order(StringComparer.Ordinal);
    }
}
