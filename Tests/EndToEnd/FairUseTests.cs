using System.Globalization;
using System.Net;
using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>A limited upstream that tenants share, through a whole gateway: who gets what, and what it costs.</summary>
public sealed class FairUseTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tenant_that_floods_a_limited_upstream_is_shed_and_another_is_served(bool stream)
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>
        {
            ["Gateway:Providers:holysheep:BaseAddress"] = TestGateway.SimulatorAddress,
            ["Gateway:Providers:holysheep:ApiKey"] = "upstream-key",
            ["Gateway:Providers:holysheep:Limits:RequestsPerMinute"] = "120",
        });
        gateway.Simulator.Limits.RequestsPerMinute = 120;
        var flood = await gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":10}]}""");
        var modest = await gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":10}],"routing":{"weight":2}}""");
        var body = $$"""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"stream":{{(stream ? "true" : "false")}} }""";

        var flooding = Enumerable.Range(0, 100).Select(_ => CallAsync(flood, body)).ToList();
        await Task.WhenAny(flooding);
        for (var i = 0; i < 3; i++) Assert.Equal(HttpStatusCode.OK, (await CallAsync(modest, body)).Status);
        var answers = await Task.WhenAll(flooding);

        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), refused =>
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "upstream_rate_limited"), (refused.Status, refused.Code));
            Assert.InRange(refused.RetryAfter!.Value, 1, 60);
        });
        // Twelve at once, and two a second after that; none of those who came together could wait for longer than two seconds.
        Assert.InRange(answers.Count(answer => answer.Status == HttpStatusCode.OK), 12, 50);
        Assert.Equal(0, gateway.Simulator.Limits.Refused);
        await AssertBooksAgreeAsync(gateway, (flood, answers.Count(a => a.Status == HttpStatusCode.OK), answers.Count(a => a.Status != HttpStatusCode.OK)), (modest, 3, 0));
    }

    [Fact]
    public async Task Limits_that_the_upstream_tells_are_kept_to_and_shown()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Simulator.Limits.RequestsPerMinute = 10;
        var caller = await gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":10}]}""");
        const string Body = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9}""";
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(caller, Body)).Status);

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => CallAsync(caller, Body)));
        var served = answers.Count(answer => answer.Status == HttpStatusCode.OK);
        Assert.InRange(served, 8, 12);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal("upstream_rate_limited", answer.Code));
        Assert.Equal(0, gateway.Simulator.Limits.Refused);
        await AssertBooksAgreeAsync(gateway, (caller, served + 1, 30 - served));

        var queue = await Eventually.BecomesAsync(
            () => QueueAsync(gateway),
            queue => queue is { } seen && seen.GetProperty("shed").GetInt64() == 30 - served,
            TimeSpan.FromSeconds(30),
            "What was shed");
        var limit = Assert.Single(queue!.Value.GetProperty("limits").EnumerateArray());
        Assert.Equal(
            ("requestsPerMinute", "learned", 10L),
            (limit.GetProperty("kind").GetString(), limit.GetProperty("source").GetString(), limit.GetProperty("limit").GetInt64()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_caller_who_goes_while_it_waits_for_a_turn_costs_nothing(bool stream)
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>
        {
            ["Gateway:Providers:holysheep:BaseAddress"] = TestGateway.SimulatorAddress,
            ["Gateway:Providers:holysheep:ApiKey"] = "upstream-key",
            ["Gateway:Providers:holysheep:ModelLimits:gpt-4.1:ConcurrentRequests"] = "1",
            ["Gateway:Providers:holysheep:QueueWait"] = "00:01:00",
        });
        var caller = await gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":10}]}""");
        var body = $$"""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"stream":{{(stream ? "true" : "false")}},"x_sim":{"gate":"g"} }""";
        var first = CallAsync(caller, body);
        await gateway.Simulator.Gates.WaitForWaitersAsync("g", 1);
        using var hangUp = new CancellationTokenSource();
        var second = caller.ChatAsync(body, hangUp.Token);
        await Eventually.BecomesAsync(() => QueueAsync(gateway), queue => queue?.GetProperty("waiting").GetInt32() == 1, TimeSpan.FromSeconds(30), "The second call's wait");
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        var ledger = await Eventually.BecomesAsync(caller.LedgerAsync, entries => entries.Count > 0, TimeSpan.FromSeconds(30), "The end of the second call");
        Assert.Equal(("void", "client_gone"), (ledger[0].GetProperty("kind").GetString(), ledger[0].GetProperty("outcome").GetString()));
        gateway.Simulator.Gates.Open("g");
        Assert.Equal(HttpStatusCode.OK, (await first).Status);
        Assert.Equal(1, gateway.Simulator.Bill.Count);
    }

    // Every silo tells how its lanes stand once a second.
    private static async Task<JsonElement?> QueueAsync(TestGateway gateway)
    {
        var targets = (await gateway.AdminAsync(HttpMethod.Get, "providers")).GetProperty("providers").EnumerateArray();
        foreach (var lane in targets.Single(target => target.GetProperty("model").GetString() == "gpt-4.1").GetProperty("lanes").EnumerateArray())
            return lane.GetProperty("queue") is { ValueKind: JsonValueKind.Object } queue ? queue : null;
        return null;
    }

    private static async Task AssertBooksAgreeAsync(TestGateway gateway, params (TestCaller Caller, int Served, int Shed)[] tenants)
    {
        var bill = gateway.Simulator.Bill.Snapshot().Calls.Select(call => call.RequestId).ToHashSet();
        Assert.Equal(bill.Count, tenants.Sum(tenant => tenant.Served));
        foreach (var (caller, served, shed) in tenants)
        {
            var ledger = await caller.LedgerAsync();
            var posted = ledger.Where(entry => entry.GetProperty("kind").GetString() == "posted").ToList();
            Assert.Equal((served, shed), (posted.Count, ledger.Count(entry => entry.GetProperty("kind").GetString() == "void")));
            Assert.All(ledger.Where(entry => entry.GetProperty("kind").GetString() == "void"), entry => Assert.Equal("no_turn", entry.GetProperty("outcome").GetString()));
            Assert.All(posted, entry => Assert.Contains(entry.GetProperty("requestId").GetString(), bill));
            var budget = Assert.Single((await caller.QuotaAsync()).GetProperty("budgets").EnumerateArray());
            Assert.Equal(
                (posted.Sum(entry => entry.GetProperty("costUsd").GetDecimal()), 0m, 0m),
                (budget.GetProperty("settledUsd").GetDecimal(), budget.GetProperty("heldUsd").GetDecimal(), budget.GetProperty("suspenseUsd").GetDecimal()));
        }
    }

    private static async Task<(HttpStatusCode Status, string? Code, int? RetryAfter)> CallAsync(TestCaller caller, string body)
    {
        using var response = await caller.ChatAsync(body);
        var text = await response.Content.ReadAsStringAsync();
        if (response.IsSuccessStatusCode) return (response.StatusCode, null, null);
        var code = JsonDocument.Parse(text).RootElement.GetProperty("error").GetProperty("code").GetString();
        return (response.StatusCode, code, response.Headers.TryGetValues("retry-after", out var values) ? int.Parse(values.Single(), CultureInfo.InvariantCulture) : null);
    }
}
