using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>The catalog as operators change it and as upstreams fill it, through a whole gateway.</summary>
public sealed class CatalogTests : IAsyncLifetime
{
    private TestGateway Gateway { get; set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Gateway = await TestGateway.StartAsync(listed: ["gpt-4.1", "claude-sonnet-4-5", "gpt-5-mini", "mystery-1"]);
        await Eventually.BecomesAsync(
            () => Gateway.AdminAsync(HttpMethod.Get, "providers"),
            p => p.GetProperty("unpriced").GetArrayLength() > 0,
            TimeSpan.FromSeconds(30),
            "The upstream's list");
    }

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    [Fact]
    public async Task A_model_that_the_upstream_lists_and_the_price_list_knows_is_served_and_charged()
    {
        var caller = await Gateway.OpenTenantAsync();
        using var answer = await caller.ChatAsync(Chat("gpt-5-mini"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var call = Assert.Single(Gateway.Simulator.Bill.Snapshot().Calls);
        Assert.Equal(
            ((call.InputTokens * 0.25m) + (call.OutputTokens * 2m)) / 1_000_000m,
            decimal.Parse(answer.Headers.GetValues("x-gateway-cost-usd").Single(), CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task An_upstreams_own_name_for_a_model_is_used_towards_it_and_taken_from_callers()
    {
        var caller = await Gateway.OpenTenantAsync();
        foreach (var name in new[] { "claude-sonnet-4.5", "claude-sonnet-4-5" })
        {
            using var answer = await caller.ChatAsync(Chat(name));
            Assert.Equal("claude-sonnet-4.5", answer.Headers.GetValues("x-gateway-model").Single());
        }
        Assert.All(Gateway.Simulator.Bill.Snapshot().Calls, call => Assert.Equal("claude-sonnet-4-5", call.Model));
    }

    [Fact]
    public async Task A_model_without_a_price_is_refused_and_shown_to_operators_until_it_gets_one()
    {
        var caller = await Gateway.OpenTenantAsync();
        using var refused = await caller.ChatAsync(Chat("mystery-1"));
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        var unpriced = Assert.Single((await Gateway.AdminAsync(HttpMethod.Get, "providers")).GetProperty("unpriced").EnumerateArray());
        Assert.Equal(
            ("holysheep", "mystery-1", "noPrice"),
            (unpriced.GetProperty("provider").GetString(), unpriced.GetProperty("model").GetString(), unpriced.GetProperty("reason").GetString()));

        var catalog = await ReadAsync();
        catalog["models"]!.AsArray().Add(JsonNode.Parse(
            """{"id":"mystery-1","contextTokens":1000,"maxOutputTokens":100,"offers":[{"provider":"holysheep","upstreamModel":"mystery-1"}],"prices":[{"version":"mine","effectiveFrom":"2026-01-01T00:00:00Z","inputUsdPerMillion":1,"outputUsdPerMillion":5}]}"""));
        await Gateway.AdminAsync(HttpMethod.Put, "catalog", catalog.ToJsonString());

        using var answer = await caller.ChatAsync(Chat("mystery-1"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var entry = Assert.Single(await caller.LedgerAsync(), e => e.GetProperty("kind").GetString() == "posted");
        Assert.Equal("mine", entry.GetProperty("priceVersion").GetString());
        Assert.Empty((await Gateway.AdminAsync(HttpMethod.Get, "providers")).GetProperty("unpriced").EnumerateArray());
    }

    [Fact]
    public async Task A_price_changes_at_once_and_what_was_posted_before_stays()
    {
        var caller = await Gateway.OpenTenantAsync();
        using var before = await caller.ChatAsync(Chat("gpt-4.1"));
        var catalog = await ReadAsync();
        Model(catalog, "gpt-4.1")["prices"]!.AsArray().Add(JsonNode.Parse(
            """{"version":"dearer","effectiveFrom":"2026-02-01T00:00:00Z","inputUsdPerMillion":20,"outputUsdPerMillion":80}"""));
        await Gateway.AdminAsync(HttpMethod.Put, "catalog", catalog.ToJsonString());
        using var after = await caller.ChatAsync(Chat("gpt-4.1"));

        Assert.Equal(10 * Cost(before), Cost(after));
        Assert.Equal(
            ["2026-01-01", "dearer"],
            (await caller.LedgerAsync()).Where(e => e.GetProperty("kind").GetString() == "posted").Select(e => e.GetProperty("priceVersion").GetString()));

        // Taken back, the configuration's price is in force again.
        await Gateway.AdminAsync(HttpMethod.Put, "catalog", """{"models":[]}""");
        using var back = await caller.ChatAsync(Chat("gpt-4.1"));
        Assert.Equal(Cost(before), Cost(back));
    }

    [Fact]
    public async Task A_withdrawn_model_is_refused_and_not_listed_to_callers()
    {
        var caller = await Gateway.OpenTenantAsync();
        var catalog = await ReadAsync();
        Model(catalog, "gpt-5-mini")["withdrawn"] = true;
        await Gateway.AdminAsync(HttpMethod.Put, "catalog", catalog.ToJsonString());

        using var refused = await caller.ChatAsync(Chat("gpt-5-mini"));
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.DoesNotContain((await caller.GetAsync("/v1/models")).GetProperty("data").EnumerateArray(), m => m.GetProperty("id").GetString() == "gpt-5-mini");
        Assert.True((bool)Model(await ReadAsync(), "gpt-5-mini")["withdrawn"]!);
    }

    [Fact]
    public async Task Of_two_operators_who_read_the_same_catalog_the_second_to_write_is_told()
    {
        var catalog = await ReadAsync();
        var aliases = new JsonObject { ["quick"] = "gpt-5-mini" };
        catalog["aliases"] = aliases;
        await Gateway.AdminAsync(HttpMethod.Put, "catalog", catalog.ToJsonString());

        Assert.Equal((412, "stale-version"), await PutAsync(catalog.ToJsonString()));
        catalog.Remove("version");
        Assert.Equal((412, "stale-version"), await PutAsync(catalog.ToJsonString(), ifMatch: "\"0123\""));
        Assert.Equal((200, null), await PutAsync(catalog.ToJsonString()));
    }

    [Fact]
    public async Task Every_fault_of_a_catalog_is_named_and_nothing_of_it_is_kept()
    {
        var before = (await ReadAsync())["version"]!.ToString();
        Assert.Equal(
            (400, "invalid-value"),
            await PutAsync(
                """{"models":[{"id":"x","contextTokens":1,"maxOutputTokens":1,"prices":[],"offers":[{"provider":"nobody","upstreamModel":"x"}]}],"aliases":{"a":"nothing"}}"""));
        Assert.Equal((400, "invalid-value"), await PutAsync("""{"models":[],"prices":{}}"""));
        Assert.Equal(before, (await ReadAsync())["version"]!.ToString());
    }

    private static string Chat(string model) => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hello"}],"max_tokens":9}""";

    private static decimal Cost(HttpResponseMessage answer) => decimal.Parse(answer.Headers.GetValues("x-gateway-cost-usd").Single(), CultureInfo.InvariantCulture);

    private static JsonObject Model(JsonObject catalog, string id) => catalog["models"]!.AsArray().Single(model => (string?)model!["id"] == id)!.AsObject();

    private async Task<JsonObject> ReadAsync() => JsonObject.Create(await Gateway.AdminAsync(HttpMethod.Get, "catalog"))!;

    private async Task<(int Status, string? Problem)> PutAsync(string body, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/admin/v1/catalog") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminKey);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var response = await Gateway.Http.SendAsync(request);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        return ((int)response.StatusCode, answer.TryGetProperty("type", out var type) ? type.GetString()!.Split(':')[^1] : null);
    }
}
