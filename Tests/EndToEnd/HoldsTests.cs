using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>What an operator sees of open holds and how one is resolved, through a whole gateway of its own: connections are lost here, and circuits count them.</summary>
public sealed class HoldsTests : IAsyncLifetime
{
    // Every connection is lost before the headers: nobody knows whether that was billed.
    private const string Lost = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"user":"eve","x_sim":{"closeBeforeHeaders":true}}""";

    private TestGateway Gateway { get; set; } = null!;

    public async ValueTask InitializeAsync() => Gateway = await TestGateway.StartAsync();

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    [Fact]
    public async Task A_suspense_is_found_resolved_once_and_told_by_the_ledger()
    {
        var caller = await Gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":1}]}""");
        using (var answer = await caller.ChatAsync(Lost)) Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);

        // Three attempts, three holds, each of unknown outcome.
        var first = await SendAsync(caller, HttpMethod.Get, "holds?state=suspense&limit=2");
        Assert.Equal(2, first.Json.GetProperty("holds").GetArrayLength());
        var rest = await SendAsync(caller, HttpMethod.Get, $"holds?state=suspense&limit=2&cursor={Uri.EscapeDataString(first.Json.GetProperty("nextCursor").GetString()!)}");
        var hold = Assert.Single(rest.Json.GetProperty("holds").EnumerateArray());
        Assert.Equal((3, "suspense", caller.KeyId, "eve", "gpt-4.1", "connection_lost"), (
            hold.GetProperty("attempt").GetInt32(), hold.GetProperty("state").GetString(), hold.GetProperty("keyId").GetString(),
            hold.GetProperty("user").GetString(), hold.GetProperty("model").GetString(), hold.GetProperty("outcome").GetString()));
        Assert.Equal(0, (await SendAsync(caller, HttpMethod.Get, "holds?state=pending")).Json.GetProperty("holds").GetArrayLength());

        var request = hold.GetProperty("requestId").GetString();
        var amount = hold.GetProperty("amountUsd").GetDecimal();
        const string Charged = """{"as":"posted","usage":{"inputTokens":10,"outputTokens":4},"reason":"on the provider's bill","actor":"ann"}""";
        var resolved = await SendAsync(caller, HttpMethod.Post, $"holds/{request}/1/resolve", Charged);
        Assert.Equal((HttpStatusCode.OK, 0.000052m, "ann"), (resolved.Status, resolved.Json.GetProperty("costUsd").GetDecimal(), resolved.Json.GetProperty("actor").GetString()));
        var again = await SendAsync(caller, HttpMethod.Post, $"holds/{request}/1/resolve", Charged);
        Assert.Equal((HttpStatusCode.OK, resolved.Json.GetRawText()), (again.Status, again.Json.GetRawText()));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(caller, HttpMethod.Post, $"holds/{request}/2/resolve", """{"as":"void","reason":"not on the bill"}""")).Status);

        var budget = Assert.Single((await caller.QuotaAsync()).GetProperty("budgets").EnumerateArray());
        Assert.Equal((0.000052m, amount), (budget.GetProperty("settledUsd").GetDecimal(), budget.GetProperty("suspenseUsd").GetDecimal()));
        var lines = (await caller.LedgerAsync()).Where(l => l.GetProperty("kind").GetString() == "resolved").ToList();
        Assert.Equal(["operator_posted", "operator_void"], lines.Select(l => l.GetProperty("outcome").GetString()));
        Assert.Equal(
            ("ann", "on the provider's bill"),
            (lines[0].GetProperty("signature").GetProperty("actor").GetString(), lines[0].GetProperty("signature").GetProperty("reason").GetString()));
        Assert.Contains(Gateway.Log.Lines, l => l.Contains(request!, StringComparison.Ordinal) && l.Contains("\"Actor\":\"ann\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_cannot_be_resolved_is_a_problem_that_says_why()
    {
        var caller = await Gateway.OpenTenantAsync();
        using (var answer = await caller.ChatAsync(Lost)) Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        var request = (await SendAsync(caller, HttpMethod.Get, "holds")).Json.GetProperty("holds")[0].GetProperty("requestId").GetString();

        await RefusedAsync(HttpStatusCode.BadRequest, "invalid-value", HttpMethod.Get, "holds?state=lost");
        await RefusedAsync(HttpStatusCode.BadRequest, "invalid-value", HttpMethod.Get, "holds?cursor=7");
        await RefusedAsync(HttpStatusCode.BadRequest, "invalid-value", HttpMethod.Get, "holds?since=now");
        await RefusedAsync(HttpStatusCode.NotFound, "unknown-hold", HttpMethod.Post, "holds/req_nobody/1/resolve", """{"as":"void","reason":"x"}""");
        await RefusedAsync(HttpStatusCode.NotFound, "unknown-hold", HttpMethod.Post, $"holds/{request}/first/resolve", """{"as":"void","reason":"x"}""");
        await RefusedAsync(HttpStatusCode.BadRequest, "invalid-value", HttpMethod.Post, $"holds/{request}/1/resolve", "{}");
        await RefusedAsync(HttpStatusCode.BadRequest, "invalid-value", HttpMethod.Post, $"holds/{request}/1/resolve", """{"as":"gift","reason":"x"}""");
        await RefusedAsync(
            HttpStatusCode.BadRequest, "invalid-value", HttpMethod.Post, $"holds/{request}/1/resolve",
            """{"as":"posted","reason":"x","usage":{"outputTokens":1},"at":"now"}""");
        await RefusedAsync(HttpStatusCode.BadRequest, "invalid-value", HttpMethod.Post, $"holds/{request}/1/resolve", """{"as":"posted","reason":"x","costUsd":-1}""");
        await RefusedAsync(HttpStatusCode.BadRequest, "invalid-json", HttpMethod.Post, $"holds/{request}/1/resolve", "[");
        await RefusedAsync(HttpStatusCode.MethodNotAllowed, "method-not-allowed", HttpMethod.Get, $"holds/{request}/1/resolve");
        // One that is under way is left to its call; one that ended by itself is not touched.
        var asking = caller.ChatAsync("""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"x_sim":{"gate":"holds"}}""");
        Assert.NotSame(asking, await Task.WhenAny(asking, Gateway.Simulator.Gates.WaitForWaitersAsync("holds", 1)));
        var pending = (await SendAsync(caller, HttpMethod.Get, "holds?state=pending")).Json.GetProperty("holds")[0].GetProperty("requestId").GetString();
        await RefusedAsync(HttpStatusCode.Conflict, "conflict", HttpMethod.Post, $"holds/{pending}/1/resolve", """{"as":"void","reason":"x"}""");
        Gateway.Simulator.Gates.Open("holds");
        using (await asking) await RefusedAsync(HttpStatusCode.Conflict, "conflict", HttpMethod.Post, $"holds/{pending}/1/resolve", """{"as":"void","reason":"x"}""");
        Assert.Equal(3, (await SendAsync(caller, HttpMethod.Get, "holds")).Json.GetProperty("holds").GetArrayLength());

        async Task RefusedAsync(HttpStatusCode status, string problem, HttpMethod method, string path, string? body = null)
        {
            var (answered, json) = await SendAsync(caller, method, path, body);
            Assert.Equal((status, "urn:orleansgateway:problem:" + problem), (answered, json.GetProperty("type").GetString()));
        }
    }

    [Fact]
    public async Task Who_has_no_budget_for_another_attempt_is_told_which_what_remains_and_when_it_resets()
    {
        var worst = ((Lost.Length * 2m) + (9 * 8m)) / 1_000_000m;
        var limit = worst * 1.5m;
        var caller = await Gateway.OpenTenantAsync(
            $$"""{"budgets":[{"window":"total","limitUsd":5},{"window":"month","limitUsd":{{limit.ToString(CultureInfo.InvariantCulture)}} }]}""");

        using var answer = await caller.ChatAsync(Lost);

        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (answer.StatusCode, answer.Headers.GetValues("x-gateway-attempts").Single()));
        var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal("insufficient_quota", error.GetProperty("code").GetString());
        foreach (var part in new[]
        {
            "The month budget of this tenant did not cover another attempt",
            string.Create(CultureInfo.InvariantCulture, $"it could cost up to ${worst:0.#########}, and ${worst / 2:0.#########} of ${limit:0.#########} remains"),
            "held for that attempt and other requests",
            "it resets at ",
        })
            Assert.Contains(part, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, JsonElement Json)> SendAsync(TestCaller caller, HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, $"/admin/v1/tenants/{caller.TenantId}/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminKey);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Gateway.Http.SendAsync(request);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }
}
