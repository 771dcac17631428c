using System.Globalization;
using System.Text.Json;
using OrleansGateway.Simulator;
using OrleansGateway.Soak;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>
/// What each failure of an upstream leads to, through sockets: the status and code that the caller gets, how often the upstream is called, how the ledger says it
/// ended, and that bill, ledger and budget agree. For chat answers that come whole, and, within an answer, whole or streamed, for the younger APIs;
/// StreamMatrixTests has what befalls any stream. Each case has a model of its own, and so circuits, rests and retries that no other case uses up.
/// </summary>
public sealed class UpstreamFailureTests(UpstreamFailureTests.OwnModels shared) : IClassFixture<UpstreamFailureTests.OwnModels>
{
    private const string ToSlow = "slow";
    private const string ToNobody = "nobody";

    public static TheoryData<string, string, int, string?, int, string> Failures => new()
    {
        // Nobody is there; the caller may come again.
        { "refused connection", ToNobody, 503, "upstream_unavailable", 0, "void unavailable" },
        // The connection is lost with the request: each attempt may have been charged, and has a hold of its own.
        { "closed before headers", """{"closeBeforeHeaders":true}""", 502, "upstream_error", 3, "suspense connection_lost,suspense connection_lost,suspense connection_lost" },
        { "no headers", ToSlow + """{"noHeaders":true}""", 504, "upstream_timeout", 1, "suspense headers_timeout" },
        { "falls silent", ToSlow + """{"hangAfterBytes":40}""", 504, "upstream_timeout", 1, "suspense idle_timeout" },
        { "bad framing", """{"badChunkFraming":true}""", 502, "upstream_error", 1, "suspense interrupted" },
        { "short answer", """{"cutAfterBytes":40}""", 502, "upstream_error", 1, "suspense interrupted" },
        { "cut JSON", """{"truncatedJson":true}""", 502, "upstream_invalid_response", 1, "suspense invalid_response" },
        { "not UTF-8", """{"invalidUtf8":true}""", 502, "upstream_invalid_response", 1, "suspense invalid_response" },
        { "a page with 200", """{"htmlWith200":true}""", 502, "upstream_invalid_response", 1, "suspense invalid_response" },
        { "a page with 502", """{"status":502,"rawBody":"<html>edge-proxy</html>","contentType":"text/html"}""", 502, "upstream_error", 3, "void upstream_5xx" },
        { "429 for long", """{"status":429,"retryAfter":"45"}""", 503, "upstream_rate_limited", 1, "void upstream_429" },
        { "429 for 68 years", """{"status":429,"retryAfter":"2147483647"}""", 503, "upstream_rate_limited", 1, "void upstream_429" },
        { "429 until the year 9999", """{"status":429,"retryAfter":"Fri, 31 Dec 9999 23:59:59 GMT"}""", 503, "upstream_rate_limited", 1, "void upstream_429" },
        {
            "spent credit", """{"status":429,"errorType":"insufficient_quota","errorCode":"insufficient_quota"}""",
            502, "upstream_authentication_error", 1, "void upstream_authentication"
        },
        { "401", """{"status":401}""", 502, "upstream_authentication_error", 1, "void upstream_authentication" },
        { "402", """{"status":402}""", 502, "upstream_authentication_error", 1, "void upstream_authentication" },
        { "403", """{"status":403}""", 502, "upstream_authentication_error", 1, "void upstream_authentication" },
        { "500", """{"status":500}""", 502, "upstream_error", 3, "void upstream_5xx" },
        { "529", """{"status":529}""", 502, "upstream_error", 3, "void upstream_5xx" },
        { "an error with 200", """{"errorIn200":true,"notBilled":true}""", 502, "upstream_error", 3, "void error_in_200" },
        { "too long", """{"status":400,"errorCode":"context_length_exceeded","errorType":"invalid_request_error"}""", 400, "context_length_exceeded", 1, "void rejected" },
        { "filtered", """{"status":400,"errorCode":"content_filter","errorType":"invalid_request_error"}""", 400, "content_filter", 1, "void rejected" },
        { "404 for a listed model", """{"status":404}""", 502, "upstream_error", 1, "void upstream_404" },
        { "a redirect", """{"redirectTo":"http://127.0.0.1:9/elsewhere"}""", 502, "upstream_error", 1, "void redirect" },
        { "a large header", """{"bigHeaderBytes":70000}""", 502, "upstream_invalid_response", 1, "suspense too_large" },
        { "no usage", """{"usage":"missing"}""", 200, null, 1, "posted usage_missing estimated" },
        { "usage below zero", """{"usage":"negative"}""", 200, null, 1, "posted usage_invalid estimated" },
        { "half tokens", """{"usage":"fractional"}""", 200, null, 1, "posted usage_invalid estimated" },
        { "more tokens than there are", """{"usage":"huge"}""", 200, null, 1, "posted usage_invalid estimated" },
        { "more choices than asked for", """{"extraChoices":2}""", 200, null, 1, "posted choices_odd" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_ends_as_its_row_says(string name, string script, int status, string? code, int calls, string ended)
    {
        var (model, body) = shared.Next(name, script);
        var caller = await shared.Gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":50}]}""");

        using var response = await caller.ChatAsync(body);
        var text = await response.Content.ReadAsStringAsync();

        Assert.True(
            (status, code)
                == ((int)response.StatusCode, status == 200 ? null : JsonDocument.Parse(text).RootElement.GetProperty("error").GetProperty("code").GetString()),
            text);
        Assert.DoesNotContain("edge-proxy", text, StringComparison.Ordinal);
        Assert.DoesNotContain("upstream-key", text, StringComparison.Ordinal);
        if (status == 503) Assert.InRange(int.Parse(response.Headers.GetValues("retry-after").Single(), CultureInfo.InvariantCulture), 1, 60);
        await AssertEndedAsync(caller, model, calls, ended);
    }

    public static TheoryData<string, string, bool, int, string, int, string> FailuresWithinAnswers
    {
        get
        {
            var rows = new TheoryData<string, string, bool, int, string, int, string>();
            foreach (var route in new[] { CallPlan.Responses, CallPlan.Messages })
            {
                rows.Add(route, ToSlow + """{"hangAfterBytes":40}""", false, 504, "upstream_timeout", 1, "suspense idle_timeout");
                rows.Add(route, """{"badChunkFraming":true}""", false, 502, "upstream_error", 1, "suspense interrupted");
                rows.Add(route, """{"cutAfterBytes":40}""", false, 502, "upstream_error", 1, "suspense interrupted");
                rows.Add(route, """{"truncatedJson":true}""", false, 502, "upstream_invalid_response", 1, "suspense invalid_response");
                // A stream that has begun keeps its status; the code is that of its last event.
                rows.Add(route, ToSlow + """{"outputTokens":30,"hangAfterChunks":9}""", true, 200, "upstream_timeout", 1, "posted idle_timeout estimated");
                rows.Add(route, """{"outputTokens":30,"cutAfterChunks":9}""", true, 200, "upstream_error", 1, "posted interrupted estimated");
                rows.Add(route, """{"outputTokens":30,"cleanEndAfterChunks":9}""", true, 200, "upstream_error", 1, "posted truncated estimated");
                rows.Add(route, """{"errorEventAt":0}""", true, 502, "upstream_error", 3, "suspense stream_error,suspense stream_error,suspense stream_error");
                rows.Add(route, """{"outputTokens":30,"errorEventAt":9}""", true, 200, "upstream_error", 1, "posted stream_error estimated");
            }
            rows.Add(
                CallPlan.Messages,
                """{"status":400,"errorType":"invalid_request_error","errorMessage":"prompt is too long: 213462 tokens > 200000 maximum"}""",
                false, 400, "context_length_exceeded", 1, "void rejected");
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(FailuresWithinAnswers))]
    public async Task A_failure_within_an_answer_of_a_younger_API_ends_as_its_row_says(string route, string script, bool stream, int status, string code, int calls, string ended)
    {
        var (model, own) = shared.Take(script);
        var caller = await shared.Gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":50}]}""");

        var heard = await new StreamCalls(shared.Gateway, caller).PlaceAsync(new CallPlan(1, route, model, stream, 64, own, false));

        Assert.True((status, status == 200) == (heard.Status, heard.Cut), heard.Text);
        Assert.Equal(code, status == 200 ? heard.ErrorInLastEvent : CodeOf(heard.Text, route));
        await AssertEndedAsync(caller, model, calls, ended);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("-5")]
    [InlineData("1.5")]
    [InlineData("5, 10")]
    [InlineData("99999999999")]
    [InlineData("Mon, 01 Jan 2001 00:00:00 GMT")]
    public async Task A_429_is_tried_again_after_a_time_that_makes_sense_and_charged_once(string retryAfter)
    {
        var (model, body) = shared.Next("429 " + retryAfter, "");
        shared.Gateway.Simulator.Script.Next(new SimulatorScript { Status = 429, RetryAfter = retryAfter }, model);
        var caller = await shared.Gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":50}]}""");

        using var response = await caller.ChatAsync(body);

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Assert.Equal("2", response.Headers.GetValues("x-gateway-attempts").Single());
        var ledger = await caller.LedgerAsync();
        Assert.Equal("posted", Assert.Single(ledger).GetProperty("kind").GetString());
        await AssertBooksAsync(caller, model, ledger);
    }

    [Fact]
    public async Task Usage_above_what_was_held_is_invoiced_up_to_it_the_rest_is_absorbed_and_the_model_is_stopped()
    {
        var (model, body) = shared.Next("overrun", """{"usage":"aboveCap"}""");
        var caller = await shared.Gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":50}]}""");

        using var response = await caller.ChatAsync(body);

        Assert.True(response.IsSuccessStatusCode);
        var entry = Assert.Single(await caller.LedgerAsync());
        var price = PriceOf(model);
        var told = price.CostOf(new TokenUsage(entry.GetProperty("inputTokens").GetInt64(), entry.GetProperty("outputTokens").GetInt64())).Usd;
        Assert.Equal(told, entry.GetProperty("costUsd").GetDecimal() + entry.GetProperty("absorbedUsd").GetDecimal());
        Assert.True(entry.GetProperty("absorbedUsd").GetDecimal() > 0);
        using var after = await caller.ChatAsync(body);
        Assert.Equal(503, (int)after.StatusCode);
        Assert.Single(await caller.LedgerAsync());
        Assert.Equal(1, shared.Gateway.Simulator.Calls.All().Count(call => call.Model == model));
    }

    private static string? CodeOf(string answer, string route)
    {
        var root = JsonDocument.Parse(answer).RootElement;
        Assert.Equal(route == CallPlan.Messages, root.TryGetProperty("type", out _));
        return root.GetProperty("error").GetProperty("code").GetString();
    }

    // From the list, not from the gateway: the same prices, read another way.
    private static PriceCard PriceOf(string model)
    {
        var price = PriceList.Shipped.Find(model)!.Model.Prices[0];
        return new PriceCard
        {
            Version = "",
            EffectiveFrom = default,
            InputUsdPerMillion = Money.FromUsd(price.Input),
            CachedInputUsdPerMillion = price.CachedInput is { } cached ? Money.FromUsd(cached) : null,
            OutputUsdPerMillion = Money.FromUsd(price.Output!.Value),
        };
    }

    private async Task AssertEndedAsync(TestCaller caller, string model, int calls, string ended)
    {
        Assert.Equal(calls, shared.Gateway.Simulator.Calls.All().Count(call => call.Model == model));
        var ledger = await caller.LedgerAsync();
        Assert.Equal(
            ended.Split(','),
            ledger.Select(entry =>
                $"{entry.GetProperty("kind").GetString()} {entry.GetProperty("outcome").GetString()}{(entry.GetProperty("estimated").GetBoolean() ? " estimated" : "")}"));
        await AssertBooksAsync(caller, model, ledger);
    }

    private async Task AssertBooksAsync(TestCaller caller, string model, IReadOnlyList<JsonElement> ledger)
    {
        var price = PriceOf(model);
        var billed = shared.Gateway.Simulator.Bill.Snapshot().Calls.Where(call => call.Model == model)
            .Select(call => price.CostOf(new TokenUsage(call.InputTokens, call.OutputTokens, call.CachedInputTokens, call.ReasoningTokens)))
            .Aggregate(Money.Zero, (sum, cost) => sum + cost).Usd;
        var budget = Assert.Single((await caller.QuotaAsync()).GetProperty("budgets").EnumerateArray());
        var (settled, suspense) = (budget.GetProperty("settledUsd").GetDecimal(), budget.GetProperty("suspenseUsd").GetDecimal());
        Assert.Equal((0m, 0m), (budget.GetProperty("heldUsd").GetDecimal(), budget.GetProperty("absorbedUsd").GetDecimal()));
        Assert.Equal(ledger.Where(entry => entry.GetProperty("kind").GetString() == "posted").Sum(entry => entry.GetProperty("costUsd").GetDecimal()), settled);
        Assert.True(billed <= settled + suspense, $"{billed} was billed, {settled} is settled and {suspense} in suspense.");
        if (suspense == 0 && !ledger.Any(entry => entry.GetProperty("estimated").GetBoolean())) Assert.Equal(billed, settled);
    }

    /// <summary>A gateway whose upstreams list many models: every case takes the next.</summary>
    public sealed class OwnModels : IAsyncLifetime
    {
        private static readonly string[] Names =
            [.. PriceList.Shipped.Models.Where(model => model is { Model: { Kind: ModelKind.Chat, Reasoning: false } }).Select(model => model.Id)];

        private static readonly string[] Slow = ["gpt-4o", "gpt-4o-mini", "gpt-4o-2024-05-13", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4"];

        private readonly Queue<string> _free = new(Names.Except([.. Slow, "gpt-4-turbo", "gpt-3.5-turbo"]));
        private readonly Queue<string> _slow = new(Slow);
        private readonly Queue<string> _nobody = new(["gpt-4-turbo"]);

        internal TestGateway Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var settings = Slow.Select((model, i) => KeyValuePair.Create($"Gateway:Providers:slow:Models:{i}", (string?)model));
            Gateway = await TestGateway.StartAsync(
                new Dictionary<string, string?>(settings)
                {
                    ["Gateway:Providers:slow:BaseAddress"] = TestGateway.SimulatorAddress,
                    ["Gateway:Providers:slow:ApiKey"] = "upstream-key",
                    ["Gateway:Providers:slow:AttemptTimeout"] = "00:00:01",
                    ["Gateway:Providers:slow:IdleTimeout"] = "00:00:01",
                    ["Gateway:Providers:slow:Apis:0"] = "Chat",
                    ["Gateway:Providers:slow:Apis:1"] = "Responses",
                    ["Gateway:Providers:slow:Apis:2"] = "Messages",
                    ["Gateway:Providers:nobody:BaseAddress"] = "http://127.0.0.1:9/v1",
                    ["Gateway:Providers:nobody:Models:0"] = "gpt-4-turbo",
                },
                listed: Names);
            await Eventually.BecomesAsync(
                () => Gateway.AdminAsync(HttpMethod.Get, "catalog"),
                c => c.GetProperty("models").GetArrayLength() > 20,
                TimeSpan.FromSeconds(30),
                "The upstreams' lists");
        }

        public ValueTask DisposeAsync() => Gateway.DisposeAsync();

        /// <summary>A model for a case, and a chat request for it.</summary>
        internal (string Model, string Body) Next(string name, string script)
        {
            var (model, own) = Take(script);
            return (model, $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Case: {{name}}"}],"max_tokens":20{{(own is null ? "" : $",\"x_sim\":{own}")}}}""");
        }

        /// <summary>A model for a case, and how its upstream is to answer.</summary>
        internal (string Model, string? Script) Take(string script)
        {
            var model = (script.StartsWith(ToSlow, StringComparison.Ordinal) ? _slow : script == ToNobody ? _nobody : _free).Dequeue();
            return (model, script.IndexOf('{', StringComparison.Ordinal) is >= 0 and var start ? script[start..] : null);
        }
    }
}
