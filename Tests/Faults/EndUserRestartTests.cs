using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Faults;

/// <summary>End users' budgets and ceilings through the whole gateway, over a kill.</summary>
public sealed class EndUserRestartTests
{
    private const int Calls = 30;

    [Fact]
    public async Task After_a_kill_every_end_user_has_spent_what_it_had_and_has_its_own_ceilings()
    {
        using var data = new TempFolder();
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        var settings = GatewayProcess.Settings(simulatorApp.GetSimulator().BaseAddress);
        settings["Gateway:DataDirectory"] = data.Path;
        // Snapshots come in between: some of what is read again is on the shelf, some only in the book.
        settings["Gateway:Tenants:EntriesPerSnapshot"] = "10";

        string key;
        var before = new Dictionary<string, decimal>();
        await using (var gateway = await GatewayProcess.StartAsync(settings))
        {
            await gateway.AdminAsync(HttpMethod.Post, "tenants", """{"id":"acme","endUserDefaults":{"budgets":[{"window":"day","limitUsd":1}]}}""");
            key = (await gateway.AdminAsync(HttpMethod.Post, "tenants/acme/keys", "{}")).GetProperty("key").GetString()!;
            await gateway.AdminAsync(HttpMethod.Put, "tenants/acme/users/bob%2F%E2%98%82", """{"budgets":[{"window":"day","limitUsd":0.5}]}""");
            for (var i = 0; i < Calls; i++)
            {
                using var answer = await gateway.ChatAsync(key, Chat(i % 3 == 0 ? "bob/☂" : $"user-{i % 3}"));
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
            foreach (var user in Users) before[user] = await SpentAsync(gateway, user);
            Assert.All(before.Values, spent => Assert.True(spent > 0));
            await gateway.KillAsync();
        }

        await using var restarted = await GatewayProcess.StartAsync(settings);
        foreach (var user in Users) Assert.Equal((user, before[user]), (user, await SpentAsync(restarted, user)));
        var bob = await restarted.AdminAsync(HttpMethod.Get, "tenants/acme/users/bob%2F%E2%98%82");
        Assert.Equal("bob/☂", bob.GetProperty("user").GetString());
        Assert.Equal(0.5m, (await BudgetAsync(restarted, "bob/☂")).GetProperty("limitUsd").GetDecimal());
        Assert.Equal(1m, (await BudgetAsync(restarted, "user-1")).GetProperty("limitUsd").GetDecimal());
    }

    [Fact]
    public async Task Operators_set_list_and_take_away_ceilings_of_single_users_by_version()
    {
        await using var gateway = await TestGateway.StartAsync();
        var caller = await gateway.OpenTenantAsync();
        var users = $"/admin/v1/tenants/{caller.TenantId}/users";

        var none = await SendAsync(gateway, HttpMethod.Get, users + "/ann", null, null);
        Assert.Equal((404, "urn:orleansgateway:problem:unknown-user"), (none.Status, none.Body.GetProperty("type").GetString()));
        var set = await SendAsync(gateway, HttpMethod.Put, users + "/ann", """{"limits":{"requestsPerMinute":1}}""", null);
        Assert.Equal((200, "\"v1\"", "ann"), (set.Status, set.ETag, set.Body.GetProperty("user").GetString()));
        Assert.Equal(412, (await SendAsync(gateway, HttpMethod.Put, users + "/ann", "{}", "\"v7\"")).Status);
        foreach (var anyVersion in new[] { "*", "\"v1\"" })
        {
            Assert.Equal(412, (await SendAsync(gateway, HttpMethod.Put, users + "/new", "{}", anyVersion)).Status);
            Assert.Equal(404, (await SendAsync(gateway, HttpMethod.Delete, users + "/new", null, anyVersion)).Status);
        }
        Assert.Equal(400, (await SendAsync(gateway, HttpMethod.Put, users + "/ann", """{"limits":{"requestsPerMinute":-1},"name":"x"}""", null)).Status);
        Assert.Equal(400, (await SendAsync(gateway, HttpMethod.Put, users + "/" + new string('a', 257), "{}", null)).Status);
        Assert.Equal(405, (await SendAsync(gateway, HttpMethod.Post, users + "/ann", "{}", null)).Status);
        Assert.Equal(404, (await SendAsync(gateway, HttpMethod.Put, "/admin/v1/tenants/nobody/users/ann", "{}", null)).Status);
        await SendAsync(gateway, HttpMethod.Put, users + "/a%2Fb", "{}", null);

        var page = await SendAsync(gateway, HttpMethod.Get, users + "?limit=1", null, null);
        Assert.Equal(("a/b", "a/b"), (page.Body.GetProperty("users")[0].GetProperty("user").GetString(), page.Body.GetProperty("nextCursor").GetString()));
        var rest = await SendAsync(gateway, HttpMethod.Get, users + "?limit=1&cursor=a%2Fb", null, null);
        Assert.Equal(("ann", JsonValueKind.Null), (rest.Body.GetProperty("users")[0].GetProperty("user").GetString(), rest.Body.GetProperty("nextCursor").ValueKind));

        using (var first = await caller.ChatAsync(Chat("ann"))) Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using (var second = await caller.ChatAsync(Chat("ann"))) Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        var quota = await gateway.AdminAsync(HttpMethod.Get, $"tenants/{caller.TenantId}/quota?user=ann");
        Assert.Equal("user:ann", Assert.Single(quota.GetProperty("limits").EnumerateArray()).GetProperty("scope").GetString());
        Assert.Equal(200, (await SendAsync(gateway, HttpMethod.Delete, users + "/ann", null, "\"v1\"")).Status);
        Assert.Equal(404, (await SendAsync(gateway, HttpMethod.Delete, users + "/ann", null, null)).Status);
        using (var third = await caller.ChatAsync(Chat("ann"))) Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    private static readonly string[] Users = ["bob/☂", "user-1", "user-2"];

    private static string Chat(string user) => $$"""{"model":"gpt-4.1","user":"{{user}}","messages":[{"role":"user","content":"Hello"}],"max_tokens":9}""";

    private static async Task<JsonElement> BudgetAsync(GatewayProcess gateway, string user) =>
        (await gateway.AdminAsync(HttpMethod.Get, $"tenants/acme/quota?user={Uri.EscapeDataString(user)}"))
            .GetProperty("budgets").EnumerateArray().Single(b => b.GetProperty("scope").GetString() == "user:" + user);

    private static async Task<decimal> SpentAsync(GatewayProcess gateway, string user) => (await BudgetAsync(gateway, user)).GetProperty("settledUsd").GetDecimal();

    private static async Task<(int Status, string? ETag, JsonElement Body)> SendAsync(TestGateway gateway, HttpMethod method, string path, string? body, string? ifMatch)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminKey);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await gateway.Http.SendAsync(request);
        return ((int)response.StatusCode, response.Headers.ETag?.Tag, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }
}
