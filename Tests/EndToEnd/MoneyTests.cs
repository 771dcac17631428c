using System.Globalization;
using System.Net;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>The promise itself, through sockets: a hard budget under a thousand concurrent requests, on each store, with three books compared.</summary>
public abstract class MoneyTests
{
    private const int Requests = 1_000;

    /// <summary>Settings that choose the store.</summary>
    protected abstract IReadOnlyDictionary<string, string?> Settings { get; }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_thousand_concurrent_requests_against_a_budget_for_a_hundred_spend_exactly_what_fits(bool stream)
    {
        await using var gateway = await TestGateway.StartAsync(Settings);
        var body = $$"""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello there"}],"max_tokens":20,"stream":{{(stream ? "true" : "false")}},"x_sim":{"outputTokens":20,"gate":"all"} }""";
        // The worst case of one request: every byte a token, and all the output it asks for.
        var worst = ((body.Length * 2m) + (20 * 8m)) / 1_000_000m;
        var caller = await gateway.OpenTenantAsync($$"""{"budgets":[{"window":"month","limitUsd":{{(worst * 100).ToString(CultureInfo.InvariantCulture)}} }]}""");

        // The gate keeps the admitted ones under way until the rest has been refused: nothing is settled that could make room.
        var calls = Enumerable.Range(0, Requests).Select(_ => CallAsync(caller, body)).ToList();
        await gateway.Simulator.Gates.WaitForWaitersAsync("all", 100);
        await ToldAnswer.WhenCountAsync(calls, Requests - 100);
        gateway.Simulator.Gates.Open("all");
        var answers = await Task.WhenAll(calls);

        Assert.Equal(100, answers.Count(a => a.Status == HttpStatusCode.OK));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.OK), a => Assert.Equal((HttpStatusCode.TooManyRequests, "insufficient_quota"), (a.Status, a.Code)));
        await AssertThreeBooksAgree(caller, [.. answers.Where(a => a.Status == HttpStatusCode.OK)], stream);
    }

    [Fact]
    public async Task Requests_that_settle_make_room_and_the_budget_is_never_passed()
    {
        await using var gateway = await TestGateway.StartAsync(Settings);
        const string Body = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello there"}],"max_tokens":20,"x_sim":{"outputTokens":20}}""";
        var worst = ((Body.Length * 2m) + (20 * 8m)) / 1_000_000m;
        var caller = await gateway.OpenTenantAsync($$"""{"budgets":[{"window":"total","limitUsd":{{(worst * 30).ToString(CultureInfo.InvariantCulture)}} }]}""");

        var answers = (await Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => CallAsync(caller, Body)))).ToList();
        while (answers[^1].Status == HttpStatusCode.OK || answers.Count == Requests) answers.Add(await CallAsync(caller, Body));

        var spent = await AssertThreeBooksAgree(caller, [.. answers.Where(a => a.Status == HttpStatusCode.OK)], stream: false);
        Assert.True(spent <= worst * 30);
        // It stopped because not even one more worst case fitted.
        Assert.True((worst * 30) - spent < worst, $"{spent} of {worst * 30} spent");
    }

    private static async Task<decimal> AssertThreeBooksAgree(TestCaller caller, IReadOnlyCollection<ToldAnswer> served, bool stream)
    {
        var price = new PriceCard
        {
            Version = "",
            EffectiveFrom = default,
            InputUsdPerMillion = Money.FromUsd(2),
            OutputUsdPerMillion = Money.FromUsd(8),
            CachedInputUsdPerMillion = Money.FromUsd(0.5m),
        };
        var bill = caller.Gateway.Simulator.Bill.Snapshot().Calls;
        Assert.Equal(served.Select(a => a.RequestId).Order(), bill.Select(c => c.RequestId!).Order());
        var billed = bill.Sum(c => price.CostOf(new TokenUsage(c.InputTokens, c.OutputTokens, c.CachedInputTokens, c.ReasoningTokens)).Usd);

        var ledger = await caller.LedgerAsync();
        var posted = ledger.ToDictionary(e => e.GetProperty("requestId").GetString()!, e => e.GetProperty("costUsd").GetDecimal());
        Assert.Equal(served.Count, ledger.Count);
        Assert.Equal(billed, posted.Values.Sum());
        if (!stream) Assert.All(served, a => Assert.Equal(posted[a.RequestId], a.Cost));

        var budget = Assert.Single((await caller.QuotaAsync()).GetProperty("budgets").EnumerateArray());
        Assert.Equal(billed, budget.GetProperty("settledUsd").GetDecimal());
        Assert.Equal(0, budget.GetProperty("heldUsd").GetDecimal());
        Assert.Equal(0, budget.GetProperty("suspenseUsd").GetDecimal());
        Assert.Equal(0, (await caller.QuotaAsync()).GetProperty("openReservations").GetInt32());
        return billed;
    }

    private static async Task<ToldAnswer> CallAsync(TestCaller caller, string body)
    {
        using var response = await caller.ChatAsync(body);
        return ToldAnswer.Of(response, await response.Content.ReadAsStringAsync());
    }
}

public sealed class MoneyOnTheEmbeddedStoreTests : MoneyTests
{
    protected override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>();
}

public sealed class MoneyOnRedisTests(RedisServer redis) : MoneyTests, IClassFixture<RedisServer>
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
