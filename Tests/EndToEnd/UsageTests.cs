using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>Usage and reconciliation through the whole gateway.</summary>
[Collection(nameof(SharedGateway))]
public sealed class UsageTests(SharedGateway shared)
{
    private TestGateway Gateway => shared.Gateway;

    [Fact]
    public async Task Usage_is_what_the_ledger_says_the_moment_an_answer_is_there()
    {
        var caller = await Gateway.OpenTenantAsync("""{"timeZone":"Asia/Kolkata"}""");
        foreach (var (model, user) in new[] { ("gpt-4.1", "ann"), ("gpt-4.1", "bob"), ("deepseek-v3.2", "ann") })
        {
            using (var answer = await caller.ChatAsync($$"""{"model":"{{model}}","user":"{{user}}","messages":[{"role":"user","content":"Hello"}],"max_tokens":9}"""))
                answer.EnsureSuccessStatusCode();
            var usage = await Gateway.AdminAsync(HttpMethod.Get, $"tenants/{caller.TenantId}/usage?groupBy=model,user");
            var ledger = await caller.LedgerAsync();
            Assert.Equal(
                ledger.GroupBy(e => (e.GetProperty("model").GetString(), e.GetProperty("user").GetString()))
                    .Select(g => (g.Key, g.Count(), g.Sum(e => e.GetProperty("inputTokens").GetInt64()), g.Sum(e => e.GetProperty("costUsd").GetDecimal()))).Order(),
                usage.GetProperty("rows").EnumerateArray()
                    .Select(r =>
                        ((r.GetProperty("model").GetString(), r.GetProperty("user").GetString()),
                            r.GetProperty("requests").GetInt32(),
                            r.GetProperty("inputTokens").GetInt64(),
                            r.GetProperty("costUsd").GetDecimal()))
                    .Order());
            Assert.Equal(ledger.Sum(e => e.GetProperty("costUsd").GetDecimal()), usage.GetProperty("total").GetProperty("costUsd").GetDecimal());
        }
        var byKey = await Gateway.AdminAsync(HttpMethod.Get, $"tenants/{caller.TenantId}/usage?groupBy=day,key");
        var row = Assert.Single(byKey.GetProperty("rows").EnumerateArray());
        Assert.Equal(caller.KeyId, row.GetProperty("key").GetString());
        Assert.EndsWith("T00:00:00+05:30", row.GetProperty("day").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_providers_bill_of_a_day_under_way_is_compared_by_request_ids()
    {
        var caller = await Gateway.OpenTenantAsync();
        string id;
        using (var answer = await caller.ChatAsync("""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9}"""))
            id = answer.Headers.GetValues("x-request-id").Single();
        var line = Assert.Single(await caller.LedgerAsync());
        Assert.Equal(id, line.GetProperty("requestId").GetString());
        var day = line.GetProperty("at").GetDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/v1/reconciliations?provider=holysheep");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminKey);
        request.Content = new StringContent($"date,model,request_id,input_tokens,cost\n{day},gpt-4.1,{id},1,1.00\n", Encoding.UTF8, "text/csv");
        using var response = await Gateway.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var report = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        var compared = Assert.Single(report.GetProperty("requests").EnumerateArray());
        Assert.Equal((caller.TenantId, "underWay"), (compared.GetProperty("tenant").GetString(), compared.GetProperty("verdict").GetString()));
        Assert.Equal(1 - line.GetProperty("costUsd").GetDecimal(), compared.GetProperty("difference").GetProperty("costUsd").GetDecimal());
        Assert.Empty(report.GetProperty("corrections").EnumerateArray());
    }

    [Fact]
    public async Task A_roll_up_that_nobody_reads_leaves_memory_once_it_has_followed_the_book_and_goes_on_where_it_was()
    {
        var caller = await Gateway.OpenTenantAsync();
        var grains = Gateway.Services.GetRequiredService<IGrainFactory>();
        var usage = grains.GetGrain<IUsageGrain>(caller.TenantId);
        for (var requests = 1; requests <= 2; requests++)
        {
            using (var answer = await caller.ChatAsync("""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9}""")) answer.EnsureSuccessStatusCode();
            await usage.Follow();
            await Eventually.BecomesAsync(
                async () => (await grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics()).Count(grain => grain.GrainId == usage.GetGrainId()),
                active => active == 0,
                TimeSpan.FromSeconds(30),
                "A roll-up that is not active");
        }
        var told = await Gateway.AdminAsync(HttpMethod.Get, $"tenants/{caller.TenantId}/usage");
        Assert.Equal(2, told.GetProperty("total").GetProperty("requests").GetInt32());
    }
}
