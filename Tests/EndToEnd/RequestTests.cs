using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>One request's story through the whole gateway, on each store.</summary>
public abstract class RequestTests
{
    private const string Ask = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"user":"ann"}""";

    /// <summary>Settings that choose the store.</summary>
    protected abstract IReadOnlyDictionary<string, string?> Settings { get; }

    [Fact]
    public async Task A_request_is_told_by_its_id_to_its_own_tenant_and_to_operators_only()
    {
        await using var gateway = await TestGateway.StartAsync(Settings);
        var caller = await gateway.OpenTenantAsync("""{"budgets":[{"window":"month","limitUsd":1},{"window":"day","limitUsd":0,"mode":"soft"}]}""");
        var other = await gateway.OpenTenantAsync();
        using var answer = await caller.ChatAsync(Ask);
        using var later = await caller.ChatAsync(Ask);
        var id = answer.Headers.GetValues("x-request-id").Single();

        var story = await caller.GetAsync("/v1/requests/" + id);

        var line = Assert.Single(await caller.LedgerAsync(), entry => entry.GetProperty("requestId").GetString() == id);
        Assert.Equal(line.GetRawText(), Assert.Single(story.GetProperty("entries").EnumerateArray()).GetRawText());
        Assert.Equal(answer.Headers.GetValues("x-gateway-cost-usd").Single(), line.GetProperty("costUsd").GetRawText());
        var hold = Assert.Single(story.GetProperty("holds").EnumerateArray());
        Assert.Equal((1, "posted"), (hold.GetProperty("attempt").GetInt32(), hold.GetProperty("state").GetString()));
        var worst = ((Ask.Length * 2m) + (9 * 8m)) / 1_000_000m;
        var decision = story.GetProperty("decision");
        Assert.Equal(
            ("admitted", worst, worst),
            (decision.GetProperty("verdict").GetString(), decision.GetProperty("neededUsd").GetDecimal(), hold.GetProperty("amountUsd").GetDecimal()));
        Assert.Equal("2026-01-01", Assert.Single(decision.GetProperty("targets").EnumerateArray()).GetProperty("priceVersion").GetString());
        Assert.Equal(
            [("month", "hard", 1m, 0m, worst, "fits"), ("day", "soft", 0m, 0m, worst, "overrun")],
            decision.GetProperty("budgets").EnumerateArray().Select(budget => (
                budget.GetProperty("window").GetString()!, budget.GetProperty("mode").GetString()!, budget.GetProperty("limitUsd").GetDecimal(),
                budget.GetProperty("countedBeforeUsd").GetDecimal(), budget.GetProperty("countedAfterUsd").GetDecimal(), budget.GetProperty("verdict").GetString()!)));
        var operators = await gateway.AdminAsync(HttpMethod.Get, $"tenants/{caller.TenantId}/requests/{id}");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(story.GetRawText()), JsonNode.Parse(operators.GetRawText())));

        Assert.Equal((HttpStatusCode.NotFound, "request_not_found"), await ErrorAsync(other, id));
        Assert.Equal((HttpStatusCode.NotFound, "request_not_found"), await ErrorAsync(caller, RequestIdFormat.New(DateTimeOffset.UnixEpoch)));
        Assert.Equal((HttpStatusCode.NotFound, "request_not_found"), await ErrorAsync(caller, "nonsense"));
    }

    [Fact]
    public async Task A_refusal_says_in_words_and_in_its_story_what_is_spent_and_held_and_remains()
    {
        await using var gateway = await TestGateway.StartAsync(Settings);
        var caller = await gateway.OpenTenantAsync("""{"budgets":[{"window":"month","limitUsd":0.0003}]}""");
        using var served = await caller.ChatAsync(Ask);
        var spent = decimal.Parse(served.Headers.GetValues("x-gateway-cost-usd").Single(), System.Globalization.CultureInfo.InvariantCulture);

        using var refused = await caller.ChatAsync(Ask);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        var message = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["message"]!.ToString();
        Assert.Contains(
            FormattableString.Invariant($"${Money.FromUsd(0.0003m - spent)} of $0.0003 remains (${Money.FromUsd(spent)} is spent, $0 held for other requests)"),
            message,
            StringComparison.Ordinal);
        var story = await caller.GetAsync("/v1/requests/" + refused.Headers.GetValues("x-request-id").Single());
        var refusal = story.GetProperty("decision").GetProperty("refusal");
        Assert.Equal(
            ("refused", "insufficient_quota", message),
            (story.GetProperty("decision").GetProperty("verdict").GetString(),
                refusal.GetProperty("code").GetString(),
                refusal.GetProperty("message").GetString()));
        Assert.Equal(
            ("tenant", 0.0003m, spent, 0m, 0.0003m - spent),
            (refusal.GetProperty("scope").GetString(),
                refusal.GetProperty("limitUsd").GetDecimal(),
                refusal.GetProperty("spentUsd").GetDecimal(),
                refusal.GetProperty("heldUsd").GetDecimal(),
                refusal.GetProperty("remainingUsd").GetDecimal()));
        Assert.Equal((0, 0), (story.GetProperty("holds").GetArrayLength(), story.GetProperty("entries").GetArrayLength()));
    }

    private static async Task<(HttpStatusCode, string?)> ErrorAsync(TestCaller caller, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/requests/" + id);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", caller.Key);
        using var response = await caller.Gateway.Http.SendAsync(request);
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        return (response.StatusCode, error.GetProperty("code").GetString());
    }
}

public sealed class RequestsOnSqliteTests : RequestTests
{
    protected override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>();
}

public sealed class RequestsOnRedisTests(RedisServer redis) : RequestTests, IClassFixture<RedisServer>
{
    protected override IReadOnlyDictionary<string, string?> Settings
    {
        get
        {
            redis.SkipWhenMissing();
            return new Dictionary<string, string?>().OnRedis(redis.Endpoint);
        }
    }
}
