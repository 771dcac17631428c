using System.Globalization;
using System.Net;
using System.Text.Json;
using OrleansGateway.Simulator;
using OrleansGateway.Soak;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>Which models are called through which API, and that each way in is the same gate.</summary>
public sealed class DoorTests
{
    public static TheoryData<string> Routes { get; } = [.. BillableRoutes.All.Select(r => r.Pattern)];

    [Fact]
    public async Task A_model_whose_provider_does_not_offer_an_api_is_refused_with_what_to_use_instead()
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>
        {
            ["Gateway:Providers:plain:BaseAddress"] = "http://127.0.0.1:9/v1",
            ["Gateway:Providers:plain:Models:0"] = "deepseek-v3.2",
            ["Gateway:Providers:young:BaseAddress"] = "http://127.0.0.1:9/v1",
            ["Gateway:Providers:young:Models:0"] = "gemini-2.5-flash",
            ["Gateway:Providers:young:Apis:0"] = "Responses",
        });
        var caller = await gateway.OpenTenantAsync();

        await AssertRefusedAsync(caller, CallPlan.Messages, "deepseek-v3.2", "Use POST /v1/chat/completions, or");
        await AssertRefusedAsync(caller, CallPlan.Responses, "deepseek-v3.2", "Use POST /v1/chat/completions, or");
        await AssertRefusedAsync(caller, CallPlan.Chat, "gemini-2.5-flash", "Use POST /v1/responses, or");
        await AssertRefusedAsync(caller, CallPlan.ShortChat, "gemini-2.5-flash", "Use POST /v1/responses, or");
        await AssertRefusedAsync(caller, CallPlan.Messages, "text-embedding-3-small", "Use POST /v1/embeddings, or");
        await AssertRefusedAsync(caller, CallPlan.Embeddings, "gpt-4.1", "does not exist or this key may not call it");
        Assert.Empty(await caller.LedgerAsync());
        Assert.Equal(0, gateway.Simulator.Calls.Count);
    }

    [Fact]
    public async Task A_fallback_that_does_not_offer_the_api_is_left_out()
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>
        {
            ["Gateway:Providers:plain:BaseAddress"] = "http://127.0.0.1:9/v1",
            ["Gateway:Providers:plain:Models:0"] = "deepseek-v3.2",
        });
        var caller = await gateway.OpenTenantAsync("""{"models":{"fallbacks":{"gpt-4.1":["deepseek-v3.2","claude-sonnet-4.5"]}}}""");
        gateway.Simulator.Script.Next(new SimulatorScript { Status = 404 }, "gpt-4.1");

        using var response = await caller.PostAsync(CallPlan.Messages, new CallPlan(1, CallPlan.Messages, "gpt-4.1", false, 20, null, false).Body());

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(("claude-sonnet-4.5", "2"), (response.Headers.GetValues("x-gateway-model").Single(), response.Headers.GetValues("x-gateway-attempts").Single()));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Every_way_in_holds_first_refuses_at_the_budget_and_replays_by_key(string route)
    {
        await using var gateway = await TestGateway.StartAsync();
        var plan = new CallPlan(1, route, route == CallPlan.Embeddings ? "text-embedding-3-small" : "gpt-4.1", false, 20, null, false);
        var rich = await gateway.OpenTenantAsync();
        var poor = await gateway.OpenTenantAsync("""{"budgets":[{"window":"month","limitUsd":0.000000001}]}""");
        rich.Gateway.Http.DefaultRequestHeaders.Add("Idempotency-Key", "key-1");

        using var first = await rich.PostAsync(route, plan.Body());
        using var again = await rich.PostAsync(route, plan.Body());
        using var refused = await poor.PostAsync(route, plan.Body());

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (first.StatusCode, again.StatusCode, refused.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal("true", again.Headers.GetValues("x-gateway-replayed").Single());
        var error = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal("insufficient_quota", error.GetProperty("code").GetString());
        var told = (await poor.GetAsync($"/v1/requests/{refused.Headers.GetValues("x-request-id").Single()}")).GetProperty("decision").GetProperty("refusal");
        Assert.Equal(error.GetProperty("message").GetString(), told.GetProperty("message").GetString());
        Assert.Contains(
            route switch { CallPlan.Responses => "with max_output_tokens", CallPlan.Embeddings => "Send less input, or", _ => "with max_tokens" },
            error.GetProperty("message").GetString(),
            StringComparison.Ordinal);
        var entry = Assert.Single(await rich.LedgerAsync());
        var billed = Assert.Single(gateway.Simulator.Bill.Snapshot().Calls);
        Assert.Equal(UpstreamPrices.CostOf(billed), entry.GetProperty("costUsd").GetDecimal());
        Assert.Equal(UpstreamPrices.CostOf(billed), decimal.Parse(first.Headers.GetValues("x-gateway-cost-usd").Single(), CultureInfo.InvariantCulture));
        Assert.Empty(await poor.LedgerAsync());
    }

    [Fact]
    public async Task What_the_caller_sends_along_does_not_reach_the_upstream_but_for_the_version()
    {
        await using var gateway = await TestGateway.StartAsync();
        var caller = await gateway.OpenTenantAsync();
        foreach (var (name, value) in new[]
        {
            ("anthropic-version", "2023-06-01"), ("anthropic-beta", "context-1m-2025-08-07"), ("x-api-key", caller.Key),
            ("Cookie", "a=b"), ("X-Forwarded-For", "1.2.3.4"), ("OpenAI-Organization", "org_1"),
        })
            gateway.Http.DefaultRequestHeaders.TryAddWithoutValidation(name, value);

        foreach (var route in new[] { CallPlan.Messages, CallPlan.Responses })
            using (var response = await caller.PostAsync(route, new CallPlan(1, route, "gpt-4.1", false, 20, null, false).Body()))
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        var seen = gateway.Simulator.Calls.All();
        Assert.Equal(["accept", "anthropic-version", "content-length", "content-type", "host", "x-api-key", "x-request-id"], Names(seen[0]));
        Assert.Equal(["accept", "authorization", "content-length", "content-type", "host", "x-request-id"], Names(seen[1]));

        static IEnumerable<string> Names(ReceivedCall call) => call.Headers!.Keys.Select(name => name.ToLowerInvariant()).Order(StringComparer.Ordinal);
    }

    private static async Task AssertRefusedAsync(TestCaller caller, string route, string model, string words)
    {
        using var response = await caller.PostAsync(route, new CallPlan(1, route, model, false, 20, null, false).Body());
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal((HttpStatusCode.NotFound, "model_not_found", "model"), (response.StatusCode, error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.Contains(words, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
