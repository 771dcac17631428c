using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>The dashboard of Orleans on the management listener of a silo that serves no callers.</summary>
public sealed class DashboardTests
{
    [Fact]
    public async Task It_shows_grains_to_those_who_know_the_admin_key_and_the_live_log_to_nobody()
    {
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync(TestContext.Current.CancellationToken);
        using var data = new TempFolder();
        var settings = GatewayProcess.Settings(simulatorApp.GetSimulator().BaseAddress);
        settings["Gateway:DataDirectory"] = data.Path;
        settings["Gateway:Http"] = "false";
        settings["Gateway:Telemetry:Dashboard"] = "true";
        settings["Gateway:ManagementUrls"] = $"http://127.0.0.1:{FreePorts.Next()}";
        await using var silo = await GatewayProcess.StartSiloAsync(settings);

        foreach (var stranger in new[] { null, Basic("admin", "wrong-key-wrong-key-wrong-key-wrong-key"), Bearer("wrong"), new AuthenticationHeaderValue("Basic", "!") })
        {
            using var refused = await GetAsync("/dashboard/ClusterStats", stranger);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Equal("Basic", refused.Headers.WwwAuthenticate.Single().Scheme);
            Assert.Equal("", await refused.Content.ReadAsStringAsync());
        }
        foreach (var operators in new[] { Basic("whoever", TestGateway.AdminKey), Bearer(TestGateway.AdminKey) })
        {
            using var page = await GetAsync("/dashboard/", operators);
            Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
            // It learns of silos once a second.
            await Eventually.BecomesAsync(() => SilosAsync(operators), silos => silos == 1, TimeSpan.FromSeconds(30), "The silo on the dashboard");
            using var log = await GetAsync("/dashboard/Trace", operators);
            Assert.Equal(HttpStatusCode.Forbidden, log.StatusCode);
        }

        // And its metrics to whoever reaches the port.
        using var metrics = await GetAsync("/metrics", null);
        Assert.Contains("gateway_book_losses_total", Exposition.Parse(await metrics.Content.ReadAsStringAsync()).Types.Keys);

        async Task<int> SilosAsync(AuthenticationHeaderValue who)
        {
            using var counters = await GetAsync("/dashboard/DashboardCounters", who);
            return JsonDocument.Parse(await counters.Content.ReadAsStringAsync()).RootElement.GetProperty("totalActiveHostCount").GetInt32();
        }

        async Task<HttpResponseMessage> GetAsync(string path, AuthenticationHeaderValue? who)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = who;
            return await silo.Http.SendAsync(request);
        }
    }

    private static AuthenticationHeaderValue Basic(string user, string password) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    private static AuthenticationHeaderValue Bearer(string key) => new("Bearer", key);
}
