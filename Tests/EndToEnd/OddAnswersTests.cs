using System.Text.Json;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>Whole answers that break or are none, through sockets: what the caller is told, what is booked, and that nothing of the upstream's page is passed on.</summary>
public sealed class OddAnswersTests(StormGateway shared) : IClassFixture<StormGateway>
{
    [Theory]
    [InlineData("""{"badChunkFraming":true}""", "upstream_error", "suspense", "interrupted")]
    [InlineData("""{"cutAfterBytes":40}""", "upstream_error", "suspense", "interrupted")]
    [InlineData("""{"truncatedJson":true}""", "upstream_invalid_response", "suspense", "invalid_response")]
    [InlineData("""{"invalidUtf8":true}""", "upstream_invalid_response", "suspense", "invalid_response")]
    [InlineData("""{"htmlWith200":true}""", "upstream_invalid_response", "suspense", "invalid_response")]
    [InlineData("""{"status":502,"rawBody":"<html>edge-proxy</html>","contentType":"text/html"}""", "upstream_error", "void", "upstream_5xx")]
    [InlineData("""{"status":500,"rawBody":"edge-proxy fell over","contentType":"text/plain"}""", "upstream_error", "void", "upstream_5xx")]
    public async Task What_is_no_answer_is_a_502_of_our_own_words(string script, string code, string kind, string word)
    {
        var caller = await shared.Gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":1}]}""");
        // Among others that succeed: circuits stay closed.
        for (var i = 0; i < 4; i++) Assert.True((await caller.ChatAsync(Body("{}"))).IsSuccessStatusCode);

        using var response = await caller.ChatAsync(Body(script));
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal((502, code), ((int)response.StatusCode, JsonDocument.Parse(text).RootElement.GetProperty("error").GetProperty("code").GetString()));
        Assert.DoesNotContain("edge-proxy", text, StringComparison.Ordinal);

        var entries = await caller.LedgerAsync();
        Assert.Equal(5, entries.Count);
        var ended = entries.Single(entry => entry.GetProperty("outcome").GetString() != "ok");
        Assert.Equal((kind, word), (ended.GetProperty("kind").GetString(), ended.GetProperty("outcome").GetString()));
        var billed = shared.Gateway.Simulator.Bill.Snapshot().Calls.Where(call => call.RequestId == ended.GetProperty("requestId").GetString()).Sum(Soak.UpstreamPrices.CostOf);
        var budget = Assert.Single((await caller.QuotaAsync()).GetProperty("budgets").EnumerateArray());
        Assert.True(billed <= budget.GetProperty("suspenseUsd").GetDecimal(), $"{billed} was billed, {budget.GetProperty("suspenseUsd")} is in suspense.");
        Assert.Equal(0m, budget.GetProperty("heldUsd").GetDecimal());
    }

    private static string Body(string script) => $$"""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":30,"x_sim":{{script}} }""";
}
