using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>From a threshold crossed by a caller to a signature verified by a receiver, sockets, store and kill -9 included.</summary>
public sealed class WebhookTests
{
    private const string Ask = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":20}""";
    private const string Budgets = """[{"window":"month","limitUsd":0.00001,"mode":"soft","alertAt":[0.5,1.0]}]""";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Events_that_a_killed_gateway_could_not_deliver_are_delivered_after_its_restart_each_once_and_signed()
    {
        using var data = new TempFolder();
        await using var receiver = await WebhookReceiver.StartAsync(failures: 2);
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        string secret, output;
        await using (var killed = await StartAsync(retry: "00:00:10"))
        {
            var tenant = await killed.AdminAsync(
                HttpMethod.Post, "tenants",
                $$"""{"id":"acme","budgets":{{Budgets}},"webhooks":[{"url":"{{receiver.Url}}","events":["budget.threshold"]}]}""");
            secret = tenant.GetProperty("webhooks")[0].GetProperty("secret").GetString()!;
            var key = (await killed.AdminAsync(HttpMethod.Post, "tenants/acme/keys", "{}")).GetProperty("key").GetString()!;
            using var answer = await killed.ChatAsync(key, Ask);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await receiver.WaitAsync(2);
            Assert.All(receiver.All, r => Assert.False(r.Accepted));
            await killed.KillAsync();
            output = killed.Output;
        }
        receiver.FailNext = 1;

        await using var restarted = await StartAsync(retry: "00:00:00.2");
        await receiver.WaitAsync(3);

        var accepted = receiver.All.Where(r => r.Accepted).ToList();
        Assert.Equal(2, accepted.Select(r => r.Id).Distinct().Count());
        Assert.Equal(2, accepted.Count);
        Assert.Equal(accepted.Select(r => r.Id).Order(), receiver.All.Select(r => r.Id).Distinct().Order());
        Assert.All(receiver.All, r => Assert.True(r.IsSignedWith(secret)));
        Assert.All(receiver.All, r => Assert.False(r.IsSignedWith("whsec_" + Convert.ToBase64String(new byte[32]))));
        Assert.All(receiver.All, r => Assert.Equal(("application/json", r.Id, "budget.threshold", "acme"),
            (r.ContentType, r.Json.GetProperty("id").GetString(), r.Json.GetProperty("type").GetString(), r.Json.GetProperty("tenant").GetString())));
        var told = accepted.Select(r => r.Json.GetProperty("data")).OrderBy(d => d.GetProperty("threshold").GetDecimal()).ToList();
        Assert.Equal([0.5m, 1.0m], told.Select(d => d.GetProperty("threshold").GetDecimal()));
        var quota = Assert.Single((await restarted.AdminAsync(HttpMethod.Get, "tenants/acme/quota")).GetProperty("budgets").EnumerateArray());
        Assert.All(told, d => Assert.Equal(
            ("tenant", "month", 0.00001m, quota.GetProperty("settledUsd").GetDecimal(), quota.GetProperty("resetsAt").GetDateTimeOffset()),
            (d.GetProperty("scope").GetString(),
                d.GetProperty("window").GetString(),
                d.GetProperty("limitUsd").GetDecimal(),
                d.GetProperty("spentUsd").GetDecimal(),
                d.GetProperty("resetsAt").GetDateTimeOffset())));

        var deliveries = await Eventually.BecomesAsync(
            () => restarted.AdminAsync(HttpMethod.Get, "tenants/acme/webhooks/deliveries"), page => Count(page, "delivered") == 2, Patience, "Two delivered");
        Assert.Equal(2, deliveries.GetProperty("deliveries").GetArrayLength());

        // The secret was shown once, and is nowhere else that people read.
        Assert.DoesNotContain("secret", (await restarted.AdminAsync(HttpMethod.Get, "tenants/acme")).GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, output + restarted.Output + deliveries.GetRawText(), StringComparison.Ordinal);

        Task<GatewayProcess> StartAsync(string retry)
        {
            var settings = GatewayProcess.Settings(simulatorApp.GetSimulator().BaseAddress);
            settings["Gateway:DataDirectory"] = data.Path;
            settings["Gateway:Webhooks:AllowPrivateAddresses"] = "true";
            settings["Gateway:Webhooks:FirstRetry"] = retry;
            return GatewayProcess.StartAsync(settings);
        }
    }

    [Fact]
    public async Task What_is_never_acknowledged_is_dead_and_begins_anew_at_an_operators_word()
    {
        await using var receiver = await WebhookReceiver.StartAsync(failures: int.MaxValue);
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>
        {
            ["Gateway:Webhooks:AllowPrivateAddresses"] = "true",
            ["Gateway:Webhooks:FirstRetry"] = "00:00:00.1",
            ["Gateway:Webhooks:GiveUpAfter"] = "00:00:01",
        });
        const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        var moved = receiver.Url.Replace("/hook", "/moved", StringComparison.Ordinal);
        var caller = await gateway.OpenTenantAsync($$"""
            {"budgets":{{Budgets}},"webhooks":[{"url":"{{receiver.Url}}","events":["budget.threshold"],"secret":"{{Secret}}"},{"url":"{{moved}}","events":["budget.threshold"]}]}
            """);
        using (var answer = await caller.ChatAsync(Ask)) Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        var path = $"tenants/{caller.TenantId}/webhooks/deliveries";
        var dead = await Eventually.BecomesAsync(() => gateway.AdminAsync(HttpMethod.Get, path), page => Count(page, "dead") == 4, Patience, "Four dead");
        var byUrl = dead.GetProperty("deliveries").EnumerateArray().ToLookup(d => d.GetProperty("url").GetString()!);
        Assert.All(byUrl[receiver.Url], d => Assert.Equal(500, d.GetProperty("lastStatus").GetInt32()));
        // Nothing is followed: a redirect acknowledges nothing, and where it leads nobody was called without a signature of its own.
        Assert.All(byUrl[moved], d => Assert.Equal(307, d.GetProperty("lastStatus").GetInt32()));
        Assert.All(
            dead.GetProperty("deliveries").EnumerateArray(),
            d => Assert.True(d.GetProperty("attempts").GetInt32() > 1 && d.GetProperty("nextAttemptAt").ValueKind == JsonValueKind.Null));
        Assert.All(receiver.All, r => Assert.True(r.IsSignedWith(Secret)));
        Assert.Equal(4, Count(await gateway.AdminAsync(HttpMethod.Get, path + "?status=dead&limit=4"), "dead"));
        var first = await gateway.AdminAsync(HttpMethod.Get, path + "?limit=3");
        Assert.Equal(
            1,
            (await gateway.AdminAsync(HttpMethod.Get, $"{path}?limit=3&cursor={first.GetProperty("nextCursor").GetString()}"))
                .GetProperty("deliveries").GetArrayLength());

        receiver.FailNext = 0;
        var again = byUrl[receiver.Url].First();
        await gateway.AdminAsync(HttpMethod.Post, $"{path}/{again.GetProperty("id").GetString()}/redeliver");
        await Eventually.BecomesAsync(() => gateway.AdminAsync(HttpMethod.Get, path), page => Count(page, "delivered") == 1, Patience, "One delivered");
        Assert.Equal(again.GetProperty("eventId").GetString(), Assert.Single(receiver.All, r => r.Accepted).Id);

        var tried = (await gateway.AdminAsync(HttpMethod.Post, $"tenants/{caller.TenantId}/webhooks/test")).GetProperty("results");
        Assert.Equal([204, 307], tried.EnumerateArray().Select(r => r.GetProperty("status").GetInt32()));
        var test = Assert.Single(receiver.All, r => r.Json.GetProperty("type").GetString() == "webhook.test");
        Assert.True(test.IsSignedWith(Secret));
        Assert.Contains(gateway.Log.Lines, line => line.Contains("budget_threshold", StringComparison.Ordinal) || line.Contains("of its month budget", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("whsec_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_production_a_webhook_on_this_machine_is_refused_by_the_policy()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/v1/tenants")
        {
            Content = new StringContent(
                """{"id":"inside","webhooks":[{"url":"http://127.0.0.1:9/","events":["budget.threshold"]}]}""",
                MediaTypeHeaderValue.Parse("application/json")),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminKey);

        using var response = await gateway.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("Gateway:Webhooks:AllowPrivateAddresses", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static int Count(JsonElement page, string status) => page.GetProperty("deliveries").EnumerateArray().Count(d => d.GetProperty("status").GetString() == status);
}
