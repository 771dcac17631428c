using System.Globalization;
using System.Net;
using System.Text.Json;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>A provider with two keys and a second provider behind it, through a whole gateway of its own.</summary>
public sealed class ProviderKeysTests
{
    private const string Hello = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9}""";

    [Fact]
    public async Task A_refused_key_costs_callers_nothing_and_a_provider_without_a_key_left_gives_way_to_the_next()
    {
        await using var keyed = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0", ApiKey = "sk-upstream-right" });
        await keyed.StartAsync(TestContext.Current.CancellationToken);
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>
        {
            ["Gateway:Providers:keyed:BaseAddress"] = keyed.GetSimulator().BaseAddress.ToString(),
            ["Gateway:Providers:keyed:Keys:gone:ApiKey"] = "sk-upstream-revoked",
            ["Gateway:Providers:keyed:Keys:gone:Weight"] = "1000000",
            ["Gateway:Providers:keyed:Keys:good:ApiKey"] = "sk-upstream-right",
            ["Gateway:Providers:keyed:Models:0"] = "gpt-4.1",
            ["Gateway:Catalog:Models:gpt-4.1:ContextTokens"] = "1000000",
            ["Gateway:Catalog:Models:gpt-4.1:MaxOutputTokens"] = "32768",
            ["Gateway:Catalog:Models:gpt-4.1:Prices:0:Input"] = "2",
            ["Gateway:Catalog:Models:gpt-4.1:Prices:0:Output"] = "8",
            ["Gateway:Catalog:Models:gpt-4.1:Offers:keyed:UpstreamModel"] = "gpt-4.1-eu",
            ["Gateway:Catalog:Models:gpt-4.1:Offers:holysheep:Priority"] = "1",
            ["Gateway:Catalog:Models:gpt-4.1:Offers:holysheep:Prices:0:Input"] = "4",
            ["Gateway:Catalog:Models:gpt-4.1:Offers:holysheep:Prices:0:Output"] = "16",
        });
        var caller = await gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":1}]}""");

        var told = 0m;
        for (var i = 0; i < 4; i++)
        {
            using var answer = await caller.ChatAsync(Hello);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(("keyed", i == 0 ? "2" : "1"), (Header(answer, "x-gateway-provider"), Header(answer, "x-gateway-attempts")));
            told += decimal.Parse(Header(answer, "x-gateway-cost-usd"), CultureInfo.InvariantCulture);
        }
        var (target, gone) = await TargetAsync(gateway);
        Assert.Equal(("refused", JsonValueKind.Null), (gone.GetProperty("restReason").GetString(), target.GetProperty("restsUntil").ValueKind));

        // The provider's other key is limited too: the second provider answers, at its own price.
        keyed.GetSimulator().Script.Next(new SimulatorScript { Status = 429, RetryAfter = "30" });
        using var other = await caller.ChatAsync(Hello);
        Assert.Equal((HttpStatusCode.OK, "holysheep", false), (other.StatusCode, Header(other, "x-gateway-provider"), other.Headers.Contains("x-gateway-fallback")));
        told += decimal.Parse(Header(other, "x-gateway-cost-usd"), CultureInfo.InvariantCulture);

        // Three books: what callers were told, the ledger, and the two upstreams' bills at their prices.
        var ledger = (await caller.LedgerAsync()).Where(entry => entry.GetProperty("kind").GetString() == "posted").ToList();
        Assert.Equal(told, ledger.Sum(entry => entry.GetProperty("costUsd").GetDecimal()));
        Assert.Equal(told, Billed(keyed.GetSimulator(), 2, 8) + Billed(gateway.Simulator, 4, 16));
        Assert.DoesNotContain("sk-upstream", (await gateway.AdminAsync(HttpMethod.Get, "providers")).GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("sk-upstream", StringComparison.Ordinal));
    }

    private static decimal Billed(SimulatorHandle upstream, decimal input, decimal output) =>
        upstream.Bill.Snapshot().Calls.Sum(call => ((call.InputTokens * input) + (call.OutputTokens * output)) / 1_000_000);

    private static string Header(HttpResponseMessage answer, string name) => answer.Headers.GetValues(name).Single();

    private static async Task<(JsonElement Target, JsonElement Gone)> TargetAsync(TestGateway gateway)
    {
        var target = await Eventually.BecomesAsync(
            async () => (await gateway.AdminAsync(HttpMethod.Get, "providers"))
                .GetProperty("providers").EnumerateArray()
                .First(t => t.GetProperty("provider").GetString() == "keyed"),
            t => t.GetProperty("attempts").GetInt64() == 5, TimeSpan.FromSeconds(30), "The five attempts");
        return (target, target.GetProperty("lanes").EnumerateArray().Single(lane => lane.GetProperty("key").GetString() == "gone"));
    }
}
