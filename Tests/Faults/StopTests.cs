using System.Net.Http.Headers;
using System.Text;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.Conformance.Membership;
using OrleansGateway.Tests.TestKit;
using OrleansGateway.Tests.TestKit.FakeKubernetes;

namespace OrleansGateway.Tests.Faults;

/// <summary>A gateway that is told to stop (SIGTERM) books all it knows first, whoever has gone or is away meanwhile.</summary>
public sealed class StopTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const string Gated =
        """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"stream":true,"x_sim":{"gate":"all","gateAfterChunks":3,"outputTokens":9} }""";

    [Fact]
    public async Task A_stop_waits_for_a_stream_whose_caller_has_gone_and_charges_what_it_cost()
    {
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        var simulator = simulatorApp.GetSimulator();
        using var data = new TempFolder();
        string key;
        await using (var gateway = await GatewayProcess.StartAsync(Settings()))
        {
            key = await OpenAsync(gateway);
            using (var hangUp = new CancellationTokenSource())
            using (var response = await StreamAsync(gateway, key, hangUp.Token))
            {
                await simulator.Gates.WaitForWaitersAsync("all", 1);
                await hangUp.CancelAsync();
            }
            var ended = gateway.WaitForExitAsync();
            await gateway.SignalAsync("TERM");
            Assert.False(await Eventually.ComesAsync(ended, TimeSpan.FromSeconds(2)));
            simulator.Gates.Open("all");
            await ended.WaitAsync(TimeSpan.FromSeconds(60));
        }

        await using var next = await GatewayProcess.StartAsync(Settings());
        var line = Assert.Single((await next.AdminAsync(HttpMethod.Get, "tenants/acme/ledger")).GetProperty("entries").EnumerateArray());
        Assert.Equal(("posted", false, 9), (line.GetProperty("kind").GetString(), line.GetProperty("estimated").GetBoolean(), line.GetProperty("outputTokens").GetInt32()));

        Dictionary<string, string?> Settings()
        {
            var settings = GatewayProcess.Settings(simulator.BaseAddress);
            settings["Gateway:DataDirectory"] = data.Path;
            return settings;
        }
    }

    [Fact]
    public async Task A_stop_while_the_store_is_away_waits_for_it_and_books_what_callers_were_told()
    {
        redis.SkipWhenMissing();
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        var simulator = simulatorApp.GetSimulator();
        decimal told;
        await using (var gateway = await GatewayProcess.StartAsync(Settings()))
        {
            var key = await OpenAsync(gateway);
            var calling = gateway.ChatAsync(key, """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"x_sim":{"gate":"all","outputTokens":9}}""");
            await simulator.Gates.WaitForWaitersAsync("all", 1);
            await redis.KillAsync();
            simulator.Gates.Open("all");
            using var answer = await calling;
            told = decimal.Parse(answer.EnsureSuccessStatusCode().Headers.GetValues("x-gateway-cost-usd").Single(), System.Globalization.CultureInfo.InvariantCulture);
            var ended = gateway.WaitForExitAsync();
            await gateway.SignalAsync("TERM");
            Assert.False(await Eventually.ComesAsync(ended, TimeSpan.FromSeconds(2)));
            await redis.StartAsync();
            await ended.WaitAsync(TimeSpan.FromSeconds(60));
        }

        await using var next = await GatewayProcess.StartAsync(Settings());
        var line = Assert.Single((await next.AdminAsync(HttpMethod.Get, "tenants/acme/ledger")).GetProperty("entries").EnumerateArray());
        Assert.Equal(("posted", told), (line.GetProperty("kind").GetString(), line.GetProperty("costUsd").GetDecimal()));

        Dictionary<string, string?> Settings()
        {
            var settings = GatewayProcess.Settings(simulator.BaseAddress);
            settings.OnRedis(redis.Endpoint);
            return settings;
        }
    }

    [Theory]
    [InlineData("redis_wait")]
    [InlineData("membership_awaited")]
    [InlineData("No silo can be reached")]
    public async Task A_stop_while_a_process_still_waits_to_start_is_an_orderly_one(string waitsFor)
    {
        redis.SkipWhenMissing();
        await using var server = await FakeApiServer.StartAsync();
        using var folder = new TempFolder();
        server.GoDown();
        var settings = GatewayProcess.Settings(new Uri("http://127.0.0.1:9/v1"));
        settings.OnRedis(waitsFor == "redis_wait" ? $"127.0.0.1:{FreePorts.Next()}" : redis.Endpoint);
        settings["Gateway:Clustering"] = "Kubernetes";
        settings["KUBECONFIG"] = KubernetesConnectionTests.Kubeconfig(folder, server, server.Token!);

        await using var waiting = waitsFor.StartsWith("No silo", StringComparison.Ordinal)
            ? await GatewayProcess.StartFrontToWaitAsync(settings, waitsFor)
            : await GatewayProcess.StartToWaitAsync(settings, waitsFor);
        var exitCode = await waiting.StopAsync(TimeSpan.FromSeconds(30));

        Assert.Equal((0, false), (exitCode, waiting.Output.Contains("Unhandled exception", StringComparison.Ordinal)));
    }

    private static async Task<string> OpenAsync(GatewayProcess gateway)
    {
        await gateway.AdminAsync(HttpMethod.Post, "tenants", """{"id":"acme","budgets":[{"window":"total","limitUsd":5}]}""");
        return (await gateway.AdminAsync(HttpMethod.Post, "tenants/acme/keys", "{}")).GetProperty("key").GetString()!;
    }

    private static async Task<HttpResponseMessage> StreamAsync(GatewayProcess gateway, string key, CancellationToken hangUp)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxResponseDrainSize = 0 }) { BaseAddress = gateway.Http.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Gated, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, hangUp);
    }
}
