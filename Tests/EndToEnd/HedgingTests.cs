using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>A second call beside a slow one, through sockets: who answers, what both cost, and that bill, ledger and budget agree.</summary>
public sealed class HedgingTests
{
    [Fact]
    public async Task The_second_call_answers_and_both_are_paid_once_each()
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>
        {
            ["Gateway:Providers:holysheep:BaseAddress"] = TestGateway.SimulatorAddress,
            ["Gateway:Providers:holysheep:ApiKey"] = "upstream-key",
            ["Gateway:Providers:holysheep:HedgeAfter"] = "00:00:00.1",
        });
        var caller = await gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":10}]}""");
        gateway.Simulator.Script.Next(new Simulator.SimulatorScript { Gate = "slow" }, "gpt-4.1");

        using var response = await caller.ChatAsync("""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9}""");

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Assert.Equal(("2", "hedge"), (response.Headers.GetValues("x-gateway-attempts").Single(), response.Headers.GetValues("x-gateway-route").Single()));
        Assert.True(await HeldAsync(caller) > 0);
        gateway.Simulator.Gates.Open("slow");
        var ledger = await Eventually.BecomesAsync(caller.LedgerAsync, entries => entries.Count == 2, TimeSpan.FromSeconds(30), "The end of the slow call");
        Assert.Equal(["posted ok 2", "posted ok 1"], ledger.Select(Line));
        Assert.Equal(response.Headers.GetValues("x-gateway-cost-usd").Single(), ledger[0].GetProperty("costUsd").GetRawText());
        Assert.Equal(2, gateway.Simulator.Bill.Count);
        var budget = Assert.Single((await caller.QuotaAsync()).GetProperty("budgets").EnumerateArray());
        Assert.Equal(
            (ledger.Sum(entry => entry.GetProperty("costUsd").GetDecimal()), 0m, 0m),
            (budget.GetProperty("settledUsd").GetDecimal(), budget.GetProperty("heldUsd").GetDecimal(), budget.GetProperty("suspenseUsd").GetDecimal()));
    }

    private static async Task<decimal> HeldAsync(TestCaller caller) =>
        Assert.Single((await caller.QuotaAsync()).GetProperty("budgets").EnumerateArray()).GetProperty("heldUsd").GetDecimal();

    private static string Line(JsonElement entry) =>
        $"{entry.GetProperty("kind").GetString()} {entry.GetProperty("outcome").GetString()} {entry.GetProperty("attempt").GetInt32()}";
}
