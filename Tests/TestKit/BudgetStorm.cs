using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OrleansGateway.Simulator;
using OrleansGateway.Soak;

namespace OrleansGateway.Tests.TestKit;

/// <summary>A billable call that a storm is made of.</summary>
/// <param name="Route">The path.</param>
/// <param name="Stream">Whether the answer is streamed.</param>
/// <param name="Fallback">Whether the first model answers 404, so that each call falls back to another.</param>
internal sealed record StormCall(string Route, bool Stream, bool Fallback)
{
    /// <summary>Every billable route, streamed or not, with fallbacks and without.</summary>
    public static TheoryData<string, bool, bool> All { get; } = new()
    {
        { CallPlan.Chat, false, false },
        { CallPlan.Chat, true, false },
        { CallPlan.Chat, false, true },
        { CallPlan.Chat, true, true },
        { CallPlan.ShortChat, false, false },
        { CallPlan.ShortChat, true, false },
        { CallPlan.ShortChat, false, true },
        { CallPlan.ShortChat, true, true },
        { CallPlan.Responses, false, false },
        { CallPlan.Responses, true, false },
        { CallPlan.Responses, false, true },
        { CallPlan.Responses, true, true },
        { CallPlan.Messages, false, false },
        { CallPlan.Messages, true, false },
        { CallPlan.Messages, false, true },
        { CallPlan.Messages, true, true },
        { CallPlan.Embeddings, false, false },
        { CallPlan.Embeddings, false, true },
    };

    public string Model => Route == CallPlan.Embeddings ? "text-embedding-3-small" : "gpt-4.1";

    public string FallbackModel => Route == CallPlan.Embeddings ? LargeEmbeddings : "deepseek-v3.2";

    public string Body => Plan.Body();

    public CallPlan Plan => new(0, Route, Model, Stream, 20, null, false);

    /// <summary>Settings for a second model of embeddings, dearer than the first, as <see cref="UpstreamPrices"/> has it.</summary>
    public static IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>
    {
        [$"Gateway:Catalog:Models:{LargeEmbeddings}:Kind"] = "Embeddings",
        [$"Gateway:Catalog:Models:{LargeEmbeddings}:ContextTokens"] = "300000",
        [$"Gateway:Catalog:Models:{LargeEmbeddings}:MaxOutputTokens"] = "0",
        [$"Gateway:Catalog:Models:{LargeEmbeddings}:Prices:0:EffectiveFrom"] = "2026-01-01",
        [$"Gateway:Catalog:Models:{LargeEmbeddings}:Prices:0:Input"] = "0.13",
    };

    private const string LargeEmbeddings = "text-embedding-3-large";
}

/// <summary>
/// A thousand concurrent calls against a budget for a hundred, at one front or several. Exactly those that fit are served, however they come in, and
/// the ledger, the upstream's bill and what callers were told agree.
/// </summary>
internal sealed class BudgetStorm(SimulatorHandle simulator, IReadOnlyList<HttpClient> fronts, Func<HttpMethod, string, string?, Task<JsonElement>> admin)
{
    private const int Calls = 1_000;
    private const int Fit = 100;

    private static int _storms;

    public async Task RunAsync(StormCall call)
    {
        var storm = $"storm-{Interlocked.Increment(ref _storms)}";
        simulator.Script.Clear();
        simulator.Script.Default = new SimulatorScript { OutputTokens = 20, Gate = storm };
        if (call.Fallback) simulator.Script.Next(new SimulatorScript { Status = 404 }, call.Model, int.MaxValue);

        // What one such call holds is asked, not reckoned here once more.
        var worst = await HeldByOneAsync($"{storm}-one", storm, call);
        var key = await OpenAsync(storm, worst * Fit, call);
        var calls = Enumerable.Range(0, Calls).Select(i => PlaceAsync(fronts[i % fronts.Count], key, call)).ToList();
        // The gate keeps the admitted ones under way until the rest has been refused: nothing is settled that could make room.
        await simulator.Gates.WaitForWaitersAsync(storm, Fit);
        await ToldAnswer.WhenCountAsync(calls, Calls - Fit);
        var atPeak = await BudgetAsync(storm);
        simulator.Gates.Open(storm);
        var answers = await Task.WhenAll(calls);

        Assert.Equal((worst * Fit, 0m), (atPeak.HeldUsd, atPeak.SettledUsd));
        Assert.Equal(Fit, answers.Count(a => a.Status == HttpStatusCode.OK));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.OK), a => Assert.Equal((HttpStatusCode.TooManyRequests, "insufficient_quota"), (a.Status, a.Code)));
        await AssertBooksAgreeAsync(storm, call, worst, answers);
    }

    private async Task AssertBooksAgreeAsync(string tenant, StormCall call, decimal worst, IReadOnlyCollection<ToldAnswer> answers)
    {
        var books = await TenantBooks.ReadAsync(tenant, path => admin(HttpMethod.Get, path, null));
        var served = answers.Where(a => a.Status == HttpStatusCode.OK).ToDictionary(a => a.RequestId);
        // A refused call is in no book at all; a served one is in each once, at the same cost.
        Assert.Equal(served.Keys.Order(), books.Ledger.Select(l => l.RequestId).Order());
        var bill = simulator.Bill.Snapshot().Calls.Where(b => served.ContainsKey(b.RequestId!)).ToDictionary(b => b.RequestId!);
        Assert.Equal(Fit, bill.Count);
        foreach (var line in books.Ledger)
        {
            Assert.Equal(("posted", call.Fallback ? call.FallbackModel : call.Model, false), (line.Kind, line.Model, line.Estimated));
            Assert.Equal(UpstreamPrices.CostOf(bill[line.RequestId]), line.CostUsd);
            if (!call.Stream) Assert.Equal(line.CostUsd, served[line.RequestId].Cost);
        }
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.OK), a => Assert.DoesNotContain(simulator.Bill.Snapshot().Calls, b => b.RequestId == a.RequestId));

        var budget = books.Budget;
        Assert.Equal((bill.Values.Sum(UpstreamPrices.CostOf), 0m, 0m, 0m), (budget.SettledUsd, budget.AbsorbedUsd, budget.HeldUsd, budget.SuspenseUsd));
        Assert.InRange(budget.SettledUsd, 0, worst * Fit);
        // No hold is left that a deadline could still turn into anything.
        Assert.Equal(0, books.OpenReservations);
        Assert.Equal(0, (await admin(HttpMethod.Get, $"tenants/{tenant}/holds", null)).GetProperty("holds").GetArrayLength());
    }

    private async Task<decimal> HeldByOneAsync(string tenant, string gate, StormCall call)
    {
        var key = await OpenAsync(tenant, 1m, call);
        var calling = PlaceAsync(fronts[0], key, call);
        await simulator.Gates.WaitForWaitersAsync(gate, 1);
        var held = (await BudgetAsync(tenant)).HeldUsd;
        simulator.Gates.Release(gate);
        Assert.Equal(HttpStatusCode.OK, (await calling).Status);
        return held;
    }

    private async Task<string> OpenAsync(string tenant, decimal limit, StormCall call)
    {
        await admin(HttpMethod.Post, "tenants", $$"""
            {"id":"{{tenant}}","budgets":[{"window":"total","limitUsd":{{limit.ToString(CultureInfo.InvariantCulture)}} }],
             "models":{"fallbacks":{ {{(call.Fallback ? $"\"{call.Model}\":[\"{call.FallbackModel}\"]" : "")}} } } }
            """);
        return (await admin(HttpMethod.Post, $"tenants/{tenant}/keys", "{}")).GetProperty("key").GetString()!;
    }

    private async Task<BudgetFigures> BudgetAsync(string tenant) =>
        (await admin(HttpMethod.Get, $"tenants/{tenant}/quota", null)).GetProperty("budgets")[0].Deserialize<BudgetFigures>(JsonSerializerOptions.Web)!;

    private static async Task<ToldAnswer> PlaceAsync(HttpClient front, string key, StormCall call)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, call.Route) { Content = new StringContent(call.Body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await front.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        if (response.IsSuccessStatusCode && call.Stream) Assert.True(call.Plan.IsWhole(text), text);
        return ToldAnswer.Of(response, text);
    }
}
