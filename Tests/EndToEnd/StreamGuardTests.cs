using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>Streams that hold money slice by slice, through a whole gateway: what the caller gets, what is booked, what the upstream billed.</summary>
public sealed class StreamGuardTests : IAsyncLifetime
{
    private const int Slice = 400;

    private TestGateway Gateway { get; set; } = null!;

    public async ValueTask InitializeAsync() => Gateway = await TestGateway.StartAsync();

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    [Fact]
    public async Task A_long_stream_holds_a_slice_at_a_time_and_is_charged_once_what_the_upstream_charged()
    {
        var caller = await Gateway.OpenTenantAsync($$$"""{"streamGuard":{"sliceTokens":{{{Slice}}}},"budgets":[{"window":"total","limitUsd":1}]}""");
        // Held for its longest answer it would take four dollars.
        var (status, events) = await StreamAsync(caller, Body("""{"outputTokens":600}""", maxTokens: null));

        Assert.Equal((HttpStatusCode.OK, "[DONE]"), (status, events[^1]));
        var ledger = await caller.LedgerAsync();
        var posted = Assert.Single(ledger, e => e.GetProperty("kind").GetString() == "posted");
        Assert.Equal(("ok", false, 600), (posted.GetProperty("outcome").GetString(), posted.GetProperty("estimated").GetBoolean(), posted.GetProperty("outputTokens").GetInt32()));
        var extended = ledger.Where(e => e.GetProperty("kind").GetString() == "void").ToList();
        Assert.NotEmpty(extended);
        Assert.All(extended, e => Assert.Equal(("extended", 0m), (e.GetProperty("outcome").GetString(), e.GetProperty("costUsd").GetDecimal())));
        var call = Assert.Single(Gateway.Simulator.Bill.Snapshot().Calls);
        Assert.Equal(Cost(call.InputTokens, call.OutputTokens), posted.GetProperty("costUsd").GetDecimal());
        await AssertBudgetAsync(caller, posted.GetProperty("costUsd").GetDecimal());
        var story = await caller.GetAsync($"/v1/requests/{posted.GetProperty("requestId").GetString()}");
        var holds = story.GetProperty("holds").EnumerateArray().ToList();
        Assert.Equal([.. Enumerable.Repeat("void", extended.Count), "posted"], holds.Select(h => h.GetProperty("state").GetString()));
        Assert.Equal(holds.Select(h => h.GetProperty("amountUsd").GetDecimal()).Order(), holds.Select(h => h.GetProperty("amountUsd").GetDecimal()));
    }

    [Fact]
    public async Task When_the_money_ends_the_stream_ends_cleanly_with_its_usage_and_the_reason_and_nothing_is_overspent()
    {
        var other = await Gateway.OpenTenantAsync();
        var (_, whole) = await StreamAsync(other, Body("""{"outputTokens":600}"""));
        var chunks = ChunksWithin(whole, Slice - (Slice / 6));

        var body = Body($$"""{"outputTokens":600,"gate":"rest","gateAfterChunks":{{chunks}}}""");
        var limit = Cost(Encoding.UTF8.GetByteCount(body), Slice);
        var caller = await Gateway.OpenTenantAsync(
            $$$"""{"streamGuard":{"sliceTokens":{{{Slice}}}},"budgets":[{"window":"total","limitUsd":{{{limit.ToString(CultureInfo.InvariantCulture)}}}}]}""");
        // The upstream sends no more than those chunks: that the stream ends is the gateway's doing.
        var (status, events) = await StreamAsync(caller, body);

        Assert.Equal((HttpStatusCode.OK, "[DONE]"), (status, events[^1]));
        var end = JsonDocument.Parse(events[^3]).RootElement;
        Assert.Equal(
            ("length", "insufficient_quota"),
            (end.GetProperty("choices")[0].GetProperty("finish_reason").GetString(), end.GetProperty("gateway").GetProperty("ended").GetString()));
        Assert.Equal(JsonDocument.Parse(events[0]).RootElement.GetProperty("id").GetString(), end.GetProperty("id").GetString());
        var posted = Assert.Single(await caller.LedgerAsync(), e => e.GetProperty("kind").GetString() == "posted");
        Assert.Equal(("budget_ended", true), (posted.GetProperty("outcome").GetString(), posted.GetProperty("estimated").GetBoolean()));
        var usage = JsonDocument.Parse(events[^2]).RootElement.GetProperty("usage");
        Assert.Equal(posted.GetProperty("costUsd").GetDecimal(), usage.GetProperty("cost_usd").GetDecimal());
        Assert.Equal(posted.GetProperty("outputTokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32());

        var call = await Eventually.BecomesAsync(
            () => Task.FromResult(Gateway.Simulator.Bill.Snapshot().Calls.SingleOrDefault(c => c.RequestId == posted.GetProperty("requestId").GetString())),
            c => c is not null,
            TimeSpan.FromSeconds(30),
            "The upstream's bill");
        Assert.True(Cost(call!.InputTokens, call.OutputTokens) <= posted.GetProperty("costUsd").GetDecimal());
        Assert.True(posted.GetProperty("costUsd").GetDecimal() <= limit);
        await AssertBudgetAsync(caller, posted.GetProperty("costUsd").GetDecimal());
    }

    [Fact]
    public async Task A_slice_that_no_stream_could_use_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/v1/tenants")
        {
            Content = new StringContent("""{"id":"tiny","streamGuard":{"sliceTokens":63}}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new("Bearer", TestGateway.AdminKey);
        using var response = await Gateway.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("streamGuard.sliceTokens", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static string Body(string script, int? maxTokens = 600) =>
        $$"""{"model":"gpt-4.1","messages":[{"role":"user","content":"Tell me a long story"}],{{(maxTokens is { } most ? $"\"max_tokens\":{most}," : "")}}"stream":true,"stream_options":{"include_usage":true},"x_sim":{{script}}}""";

    private static decimal Cost(long input, long output) => ((input * 2m) + (output * 8m)) / 1_000_000m;

    /// <summary>How many chunks from the first hold no more text than that.</summary>
    private static int ChunksWithin(List<string> events, int bytes)
    {
        var count = 0;
        foreach (var delta in events
                .SkipLast(1)
                .Select(e => JsonDocument.Parse(e).RootElement.GetProperty("choices"))
                .Where(c => c.GetArrayLength() > 0)
                .Select(c => c[0].GetProperty("delta")))
        {
            bytes -= delta.EnumerateObject().Where(m => m.Value.ValueKind == JsonValueKind.String).Sum(m => Encoding.UTF8.GetByteCount(m.Value.GetString()!));
            if (bytes < 0) break;
            count++;
        }
        return count;
    }

    private static async Task<(HttpStatusCode Status, List<string> Events)> StreamAsync(TestCaller caller, string body)
    {
        using var response = await caller.ChatAsync(body);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(e => e["data: ".Length..])]);
    }

    private static async Task AssertBudgetAsync(TestCaller caller, decimal settled)
    {
        var budget = Assert.Single((await caller.QuotaAsync()).GetProperty("budgets").EnumerateArray());
        Assert.Equal(
            (settled, 0m, 0m, 0m),
            (budget.GetProperty("settledUsd").GetDecimal(),
                budget.GetProperty("heldUsd").GetDecimal(),
                budget.GetProperty("suspenseUsd").GetDecimal(),
                budget.GetProperty("absorbedUsd").GetDecimal()));
    }
}
