using System.Globalization;
using System.Net;
using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>An upstream that fails, as callers and operators see it, through a whole gateway of its own.</summary>
public sealed class UpstreamHealthTests : IAsyncLifetime
{
    private const string Failing = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"x_sim":{"status":503}}""";

    private TestGateway Gateway { get; set; } = null!;

    public async ValueTask InitializeAsync() => Gateway = await TestGateway.StartAsync();

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    [Fact]
    public async Task While_a_circuit_is_open_requests_are_refused_at_once_without_a_hold_and_operators_see_why()
    {
        var caller = await Gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":1}]}""");
        JsonElement target;
        do
        {
            using var failed = await caller.ChatAsync(Failing);
            Assert.True((int)failed.StatusCode is 502 or 503, $"{failed.StatusCode}");
            target = await TargetAsync("gpt-4.1");
        }
        // The call that opened the circuit tells so when it has ended.
        while (target.GetProperty("restReason").GetString() is null);
        Assert.Equal(("open", "unavailable"), (target.GetProperty("circuit").GetString(), target.GetProperty("restReason").GetString()));
        Assert.Equal(1, target.GetProperty("errorRate").GetDouble());
        Assert.Equal(target.GetProperty("attempts").GetInt64(), target.GetProperty("outcomes").GetProperty("upstream_5xx").GetInt64());
        Assert.Equal(JsonValueKind.Null, (await TargetAsync("claude-sonnet-4.5")).GetProperty("errorRate").ValueKind);

        var before = (await caller.LedgerAsync()).Count;
        using var refused = await caller.ChatAsync(Failing);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        var error = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal(("upstream_unavailable", "service_unavailable_error"), (error.GetProperty("code").GetString(), error.GetProperty("type").GetString()));
        Assert.InRange(int.Parse(refused.Headers.GetValues("retry-after").Single(), CultureInfo.InvariantCulture), 1, 15);
        Assert.Equal(before, (await caller.LedgerAsync()).Count);
        var budget = Assert.Single((await caller.QuotaAsync()).GetProperty("budgets").EnumerateArray());
        Assert.Equal((0m, 0m), (budget.GetProperty("heldUsd").GetDecimal(), budget.GetProperty("settledUsd").GetDecimal()));

        // Another model answers, and what it cost is shown.
        using var other = await caller.ChatAsync("""{"model":"claude-sonnet-4.5","messages":[{"role":"user","content":"Hello"}],"max_tokens":9}""");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        var told = decimal.Parse(other.Headers.GetValues("x-gateway-cost-usd").Single(), CultureInfo.InvariantCulture);
        var answered = await Eventually.BecomesAsync(
            () => TargetAsync("claude-sonnet-4.5"),
            t => t.GetProperty("attempts").GetInt64() == 1,
            TimeSpan.FromSeconds(30),
            "The answered call");
        Assert.Equal((told, 0.0), (answered.GetProperty("spentUsd").GetDecimal(), answered.GetProperty("errorRate").GetDouble()));
        Assert.InRange(answered.GetProperty("latencyMs").GetProperty("p99").GetDouble(), 0.1, 60_000);
    }

    private async Task<JsonElement> TargetAsync(string model) =>
        (await Gateway.AdminAsync(HttpMethod.Get, "providers")).GetProperty("providers").EnumerateArray().Single(t => t.GetProperty("model").GetString() == model);
}
