using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>Prepaid tenants, rolling budgets and adjustments through the whole gateway.</summary>
[Collection(nameof(SharedGateway))]
public sealed class AdjustmentTests(SharedGateway shared)
{
    private const string Ask = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9}""";

    private TestGateway Gateway => shared.Gateway;

    [Fact]
    public async Task A_prepaid_tenant_is_served_once_it_has_credit_and_each_adjustment_is_booked_once()
    {
        var caller = await Gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":0},{"window":"rolling:30d","limitUsd":5}]}""");
        using (var unpaid = await caller.ChatAsync(Ask)) Assert.Equal(HttpStatusCode.TooManyRequests, unpaid.StatusCode);

        const string Credit = """{"id":"invoice-1","kind":"credit","amountUsd":1.5,"reason":"paid in advance"}""";
        Assert.Equal(HttpStatusCode.Created, await AdjustAsync(caller, Credit));
        Assert.Equal(HttpStatusCode.Created, await AdjustAsync(caller, Credit));
        Assert.Equal(HttpStatusCode.Conflict, await AdjustAsync(caller, Credit.Replace("1.5", "2.5", StringComparison.Ordinal)));
        Assert.Equal(
            HttpStatusCode.BadRequest,
            await AdjustAsync(caller, """{"kind":"raise","window":"month","amountUsd":1,"until":"2999-01-01T00:00:00Z","reason":"no such budget"}"""));
        using (var paid = await caller.ChatAsync(Ask)) Assert.Equal(HttpStatusCode.OK, paid.StatusCode);
        Assert.Equal(HttpStatusCode.Created, await AdjustAsync(caller, """{"kind":"refund","amountUsd":0.25,"reason":"outage, \"sorry\"","actor":"ann"}"""));

        var ledger = await caller.LedgerAsync();
        Assert.Equal(["adjusted", "posted", "adjusted"], ledger.Select(e => e.GetProperty("kind").GetString()));
        Assert.Equal((0m, 1.5m), (ledger[0].GetProperty("costUsd").GetDecimal(), ledger[0].GetProperty("adjustment").GetProperty("amountUsd").GetDecimal()));
        Assert.Equal((-0.25m, "ann"), (ledger[2].GetProperty("costUsd").GetDecimal(), ledger[2].GetProperty("adjustment").GetProperty("actor").GetString()));
        Assert.Equal(3, (await CsvAsync(caller)).Count(line =>
            line.EndsWith(",false,,,,,,,,0,0,0,0,0,,", StringComparison.Ordinal)
            || line.Contains(",tenant,", StringComparison.Ordinal)));

        var cost = ledger[1].GetProperty("costUsd").GetDecimal();
        var budgets = (await caller.QuotaAsync()).GetProperty("budgets").EnumerateArray().ToDictionary(b => b.GetProperty("window").GetString()!);
        Assert.Equal((1.5m, cost - 0.25m, 1.75m - cost), Of(budgets["total"]));
        Assert.Equal((0m, 0m, 5m), Of(budgets["rolling:30d"]));
    }

    private static (decimal Raised, decimal Settled, decimal Remaining) Of(JsonElement budget) =>
        (budget.GetProperty("raisedUsd").GetDecimal(), budget.GetProperty("settledUsd").GetDecimal(), budget.GetProperty("remainingUsd").GetDecimal());

    private async Task<HttpStatusCode> AdjustAsync(TestCaller caller, string body)
    {
        using var request = Request(HttpMethod.Post, caller, "adjustments");
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Gateway.Http.SendAsync(request);
        return response.StatusCode;
    }

    private async Task<string[]> CsvAsync(TestCaller caller)
    {
        using var request = Request(HttpMethod.Get, caller, "ledger");
        request.Headers.Accept.ParseAdd("text/csv");
        using var response = await Gateway.Http.SendAsync(request);
        return (await response.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }

    private static HttpRequestMessage Request(HttpMethod method, TestCaller caller, string path)
    {
        var request = new HttpRequestMessage(method, $"/admin/v1/tenants/{caller.TenantId}/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminKey);
        return request;
    }
}
