using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>What is called in place of what, and what callers and operators are told of it, through a whole gateway; three books compared after each.</summary>
public sealed class RoutingTests : IAsyncLifetime
{
    private static readonly Dictionary<string, (decimal Input, decimal Output)> Prices = new()
    {
        ["gpt-4.1"] = (2, 8),
        ["claude-sonnet-4.5"] = (3, 15),
        ["gemini-2.5-flash"] = (0.35m, 2.50m),
        ["deepseek-v3.2"] = (0.08m, 0.42m),
    };

    private TestGateway Gateway { get; set; } = null!;

    public async ValueTask InitializeAsync() => Gateway = await TestGateway.StartAsync(new Dictionary<string, string?>
    {
        ["Gateway:Catalog:Aliases:claude-*"] = "claude-sonnet-4.5",
        ["Gateway:Catalog:Aliases:fast"] = "gemini-2.5-flash, deepseek-v3.2",
    });

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    [Fact]
    public async Task Names_strategies_and_the_task_decide_who_answers_and_the_headers_and_the_decision_say_why()
    {
        var caller = await Gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":1}],"models":{"aliases":{"house":["claude-sonnet-4.5","gpt-4.1"]},"fallbacks":{"gpt-4.1":["deepseek-v3.2"]},"strategy":"cheapest"}}""");
        var plain = await Gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":1}]}""");

        await using (var answers = new Answers(caller))
        {
            Assert.Equal("deepseek-v3.2|true|strategy=cheapest", await answers.AskAsync("gpt-4.1"));
            Assert.Equal("gpt-4.1|true|alias=house, strategy=cheapest", await answers.AskAsync("house"));
        }
        await using (var answers = new Answers(plain))
        {
            Assert.Equal("gpt-4.1||", await answers.AskAsync("gpt-4.1"));
            Assert.Equal("claude-sonnet-4.5||alias=claude-*", await answers.AskAsync("claude-opus-7"));
            Assert.Equal("gemini-2.5-flash||alias=fast", await answers.AskAsync("fast"));
            Assert.Equal("gpt-4.1||auto:default", await answers.AskAsync("auto"));
            Assert.Equal("deepseek-v3.2||auto:task=bulk", await answers.AskAsync("auto", "bulk"));
            Assert.Equal("claude-sonnet-4.5||auto:task=code", await answers.AskAsync("auto", "code", stream: true));

            Gateway.Simulator.Script.Next(new SimulatorScript { Status = 404 }, "gemini-2.5-flash");
            Assert.Equal("deepseek-v3.2|true|alias=fast, fallback:upstream_404", await answers.AskAsync("fast"));
        }
        Assert.Equal(HttpStatusCode.BadRequest, (await Answers.SendAsync(plain, "auto", "Not a word", stream: false)).StatusCode);
        Assert.Equal(["auto", "claude-sonnet-4.5"], (await plain.GetAsync("/v1/models")).GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()).Take(2));
    }

    [Fact]
    public async Task Past_the_soft_budgets_share_a_cheaper_model_stands_in()
    {
        var caller = await Gateway.OpenTenantAsync(
            """{"budgets":[{"window":"day","limitUsd":1,"mode":"soft"}],"models":{"degrade":[{"window":"day","above":0.8,"use":"deepseek-v3.2"}]}}""");
        await using var answers = new Answers(caller);
        Assert.Equal("gpt-4.1||", await answers.AskAsync("gpt-4.1"));
        await Gateway.AdminAsync(
            HttpMethod.Post, $"tenants/{caller.TenantId}/adjustments",
            """{"id":"spent","kind":"correction","scope":"tenant","amountUsd":0.8,"reason":"a busy morning"}""");
        answers.Adjusted = 0.8m;
        Assert.Equal("deepseek-v3.2|true|degrade:day>0.8", await answers.AskAsync("gpt-4.1"));
    }

    [Fact]
    public async Task What_is_too_long_for_one_model_goes_to_the_next_with_more_room_and_costs_once()
    {
        var caller = await Gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":1}],"models":{"fallbacks":{"deepseek-v3.2":["claude-sonnet-4.5","gpt-4.1"]}}}""");
        await using var answers = new Answers(caller);
        foreach (var stream in new[] { false, true })
        {
            Gateway.Simulator.Script.Next(new SimulatorScript { Status = 400, ErrorCode = "context_length_exceeded" }, "deepseek-v3.2");
            Gateway.Simulator.Script.Next(new SimulatorScript { Status = 400, ErrorCode = "context_length_exceeded" }, "claude-sonnet-4.5");
            Assert.Equal("gpt-4.1|true|fallback:context_length", await answers.AskAsync("deepseek-v3.2", stream: stream));
        }
        Gateway.Simulator.Script.Next(new SimulatorScript { Status = 400, ErrorCode = "context_length_exceeded" }, "gpt-4.1");
        using var refused = await Answers.SendAsync(caller, "gpt-4.1", null, stream: false);
        Assert.Equal((HttpStatusCode.BadRequest, false), (refused.StatusCode, refused.Headers.Contains("x-gateway-route")));
        Assert.Contains("context_length_exceeded", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    /// <summary>A tenant's answers, and at the end its three books: what callers were told, the ledger and the budget, the upstream's bill.</summary>
    private sealed class Answers(TestCaller caller) : IAsyncDisposable
    {
        private readonly List<string> _requests = [];
        private decimal _told;

        public decimal Adjusted { get; set; }

        /// <summary>The model that answered, whether it is another one, and why.</summary>
        public async Task<string> AskAsync(string model, string? task = null, bool stream = false)
        {
            using var answer = await SendAsync(caller, model, task, stream);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var id = Header(answer, "x-request-id")!;
            _requests.Add(id);
            var story = await caller.GetAsync($"/v1/requests/{id}");
            var entry = story.GetProperty("entries").EnumerateArray().Single(e => e.GetProperty("kind").GetString() == "posted");
            var cost = entry.GetProperty("costUsd").GetDecimal();
            if (Header(answer, "x-gateway-cost-usd") is { } told) Assert.Equal(cost, decimal.Parse(told, CultureInfo.InvariantCulture));
            _told += cost;

            // The decision knows all but what happened after it.
            var route = Header(answer, "x-gateway-route");
            var decided = route?.Split(", ").Where(reason => !reason.StartsWith("fallback:", StringComparison.Ordinal)).ToList() ?? [];
            Assert.Equal(decided.Count == 0 ? null : string.Join(", ", decided), story.GetProperty("decision").TryGetProperty("route", out var why) ? why.GetString() : null);
            Assert.Equal(model, story.GetProperty("decision").GetProperty("model").GetString());
            Assert.Equal(Header(answer, "x-gateway-model"), entry.GetProperty("model").GetString());
            return $"{Header(answer, "x-gateway-model")}|{Header(answer, "x-gateway-fallback")}|{route}";
        }

        public static async Task<HttpResponseMessage> SendAsync(TestCaller caller, string model, string? task, bool stream)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
            {
                Content = new StringContent(
                    $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"stream":{{(stream ? "true" : "false")}}}""",
                    Encoding.UTF8, "application/json"),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", caller.Key);
            if (task is not null) request.Headers.Add("x-gateway-task", task);
            return await caller.Gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            var posted = (await caller.LedgerAsync()).Where(e => e.GetProperty("kind").GetString() == "posted").ToList();
            Assert.Equal(_told, posted.Sum(e => e.GetProperty("costUsd").GetDecimal()));
            var billed = caller.Gateway.Simulator.Bill.Snapshot().Calls.Where(call => _requests.Contains(call.RequestId!)).ToList();
            Assert.Equal(_requests.Count, billed.Count);
            Assert.Equal(_told, billed.Sum(call => ((call.InputTokens * Prices[call.Model].Input) + (call.OutputTokens * Prices[call.Model].Output)) / 1_000_000));
            var budget = Assert.Single((await caller.QuotaAsync()).GetProperty("budgets").EnumerateArray());
            Assert.Equal(
                (_told + Adjusted, 0m, 0m),
                (budget.GetProperty("settledUsd").GetDecimal(), budget.GetProperty("heldUsd").GetDecimal(), budget.GetProperty("suspenseUsd").GetDecimal()));
        }

        private static string? Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? values.Single() : null;
    }
}
