using System.Net;
using System.Text.Json.Nodes;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.WebFront.Requests;

/// <summary>One request's story as callers and operators read it, over sockets.</summary>
public sealed class RequestRoutesTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly string Id = RequestIdFormat.New(At);

    private const string Told =
        """
        {"id":"ID","tenant":"acme",
         "decision":{"verdict":"admitted","at":"2026-03-01T12:00:00Z","keyId":"k_12345678","user":"ann","model":"gpt-best","inputTokens":100,"outputTokens":50,"outputCapped":false,"choices":1,"neededUsd":0.0006,
           "targets":[{"provider":"holysheep","model":"gpt-4.1","priceVersion":"2026-01-01"}],
           "budgets":[{"scope":"user:ann","window":"day","mode":"soft","limitUsd":1.0,"raisedUsd":0.25,"rolledOverUsd":0,"countedBeforeUsd":0.9999,"countedAfterUsd":1.0005,"verdict":"overrun"}]},
         "holds":[{"attempt":1,"at":"2026-03-01T12:00:00Z","amountUsd":0.0006,"deadline":"2026-03-01T12:05:00Z","state":"posted"}],
         "entries":[{"seq":17,"at":"2026-03-01T12:00:02Z","kind":"posted","requestId":"ID","attempt":1,"keyId":"k_12345678","user":"ann","provider":"holysheep",
           "model":"gpt-4.1","inputTokens":12,"cachedInputTokens":0,"outputTokens":30,"reasoningTokens":0,"costUsd":0.000264,"absorbedUsd":0,
           "priceVersion":"2026-01-01","outcome":"ok","estimated":false}]}
        """;

    [Fact]
    public async Task A_caller_reads_what_was_decided_and_what_it_cost()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Tenant.Requests[Id] = Report();

        using var response = await front.GetAsync("/v1/requests/" + Id);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        AssertTold(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("req_unknown")]
    [InlineData("%20")]
    [InlineData("req_0000000000000000000000")]
    [InlineData(null)]
    public async Task A_caller_asking_for_what_is_not_there_gets_the_contract_s_error(string? id)
    {
        await using var front = await FrontHarness.StartAsync();

        using var response = await front.GetAsync("/v1/requests/" + (id ?? Id));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        var error = (await FrontHarness.JsonAsync(response)).GetProperty("error");
        Assert.Equal(
            ("request_not_found", "invalid_request_error", "id"),
            (error.GetProperty("code").GetString(), error.GetProperty("type").GetString(), error.GetProperty("param").GetString()));
    }

    [Fact]
    public async Task A_tenant_looks_up_a_few_at_once_and_another_is_not_in_its_way()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Tenant.Requests[Id] = Report();
        var (waiting, all, release) = (0, new TaskCompletionSource(), new TaskCompletionSource());
        front.Grains.Tenant.Finding = () =>
        {
            if (Interlocked.Increment(ref waiting) == RequestEndpoint.MostAtOnce) all.SetResult();
            return release.Task;
        };
        var asked = Enumerable.Range(0, RequestEndpoint.MostAtOnce).Select(_ => front.GetAsync("/v1/requests/" + Id)).ToList();
        await all.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        using var refused = await front.GetAsync("/v1/requests/" + Id);
        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(1)), (refused.StatusCode, refused.Headers.RetryAfter!.Delta));
        Assert.Equal("rate_limit_exceeded", (await FrontHarness.JsonAsync(refused)).GetProperty("error").GetProperty("code").GetString());
        var secret = front.Grains.AddKey("other");
        var other = front.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/requests/" + Id) { Headers = { { "Authorization", "Bearer " + secret } } });

        release.SetResult();
        foreach (var answer in asked.Append(other)) Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
    }

    [Fact]
    public async Task It_takes_a_key_and_no_other_method()
    {
        await using var front = await FrontHarness.StartAsync();
        using var posted = await front.PostAsync("/v1/requests/" + Id, "{}");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        front.Client.DefaultRequestHeaders.Authorization = null;
        using var nobody = await front.GetAsync("/v1/requests/" + Id);
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
    }

    [Fact]
    public async Task A_refusal_names_scope_limit_spent_held_remaining_and_reset()
    {
        await using var front = await FrontHarness.StartAsync();
        var budget = new BudgetStatus
        {
            Scope = "key:k_12345678",
            Window = BudgetWindow.Day,
            Mode = BudgetMode.Hard,
            LimitUsd = Money.FromUsd(5),
            RaisedUsd = Money.FromUsd(1),
            SettledUsd = Money.FromUsd(4.5m),
            AbsorbedUsd = Money.FromUsd(0.25m),
            HeldUsd = Money.FromUsd(0.75m),
            SuspenseUsd = Money.FromUsd(0.25m),
            RemainingUsd = Money.FromUsd(0.25m),
            ResetsAt = At.AddHours(12),
        };
        front.Grains.Tenant.Requests[Id] = Refused(new ReservationOutcome.BudgetSpent(budget, Money.FromUsd(0.3m), default));
        var json = await JsonAsync(front);
        var refusal = json["decision"]!["refusal"]!.AsObject();
        Assert.Contains("$4.75 is spent, $1 held", (string)refusal["message"]!, StringComparison.Ordinal);
        refusal.Remove("message");
        AssertJson(
            """{"code":"insufficient_quota","scope":"key:k_12345678","window":"day","limitUsd":6,"spentUsd":4.75,"heldUsd":0.75,"suspenseUsd":0.25,"remainingUsd":0.25,"resetsAt":"2026-03-02T00:00:00Z"}""",
            refusal);
        Assert.Equal(("refused", 0.3m), ((string)json["decision"]!["verdict"]!, (decimal)json["decision"]!["neededUsd"]!));

        front.Grains.Tenant.Requests[Id] = Refused(new ReservationOutcome.RateLimited("tenant", QuotaKind.TokensPerMinute, 600, TimeSpan.FromSeconds(12), default));
        refusal = (await JsonAsync(front))["decision"]!["refusal"]!.AsObject();
        refusal.Remove("message");
        AssertJson("""{"code":"rate_limit_exceeded","scope":"tenant","kind":"tokensPerMinute","limit":600,"resetsAt":"2026-03-01T12:00:12Z"}""", refusal);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Every_refusal_can_be_told(ReservationOutcome outcome, string code)
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Tenant.Requests[Id] = Refused(outcome);
        Assert.Equal(code, (string?)(await JsonAsync(front))["decision"]!["refusal"]!["code"]);
    }

    public static TheoryData<ReservationOutcome, string> Refusals() => new()
    {
        { new ReservationOutcome.ModelNotFound("x"), "model_not_found" },
        { new ReservationOutcome.ModelMissing(), "invalid_value" },
        { new ReservationOutcome.ContextExceeded("x", 1, 2), "context_length_exceeded" },
        { new ReservationOutcome.OutputExceeded("x", 1, 2), "invalid_value" },
        { new ReservationOutcome.KeyRefused(), "invalid_api_key" },
        { new ReservationOutcome.Suspended(), "tenant_suspended" },
    };

    [Fact]
    public async Task An_operator_reads_the_same_and_problems_otherwise()
    {
        await using var host = await FakeAdminHost.StartAsync();
        await host.SendAsync("POST", "tenants", """{"id":"acme"}""");
        host.Grains.Requests[Id] = Report();

        var reply = await host.SendAsync("GET", $"tenants/acme/requests/{Id}");

        Assert.Equal(200, reply.Status);
        AssertTold(reply.Text);
        Assert.Equal((404, "unknown-request"), Problem(await host.SendAsync("GET", "tenants/acme/requests/req_unknown")));
        Assert.Equal((404, "unknown-request"), Problem(await host.SendAsync("GET", $"tenants/acme/requests/{RequestIdFormat.New(At)}")));
        Assert.Equal((404, "unknown-tenant"), Problem(await host.SendAsync("GET", $"tenants/other/requests/{Id}")));
        Assert.Equal((400, "invalid-value"), Problem(await host.SendAsync("GET", $"tenants/acme/requests/{Id}?x=1")));
        Assert.Equal((405, "method-not-allowed"), Problem(await host.SendAsync("DELETE", $"tenants/acme/requests/{Id}")));
    }

    private static (int, string) Problem(FakeAdminReply reply) => (reply.Status, reply.Problem);

    private static async Task<JsonNode> JsonAsync(FrontHarness front)
    {
        using var response = await front.GetAsync("/v1/requests/" + Id);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }

    private static void AssertTold(string text) => AssertJson(Told.Replace("ID", Id, StringComparison.Ordinal), JsonNode.Parse(text)!);

    private static void AssertJson(string expected, JsonNode found) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), found), found.ToJsonString());

    private static RequestReport Refused(ReservationOutcome outcome) => new()
    {
        Id = Id,
        Tenant = "acme",
        Decision = new RequestDecision.Refused { At = At, KeyId = "k_12345678", User = null, Model = "gpt-4.1", Outcome = outcome },
        Holds = [],
        Entries = [],
    };

    private static RequestReport Report() => new()
    {
        Id = Id,
        Tenant = "acme",
        Decision = new RequestDecision.Admitted
        {
            At = At,
            KeyId = "k_12345678",
            User = "ann",
            Model = "gpt-best",
            InputTokens = 100,
            OutputTokens = 50,
            OutputCapped = false,
            Choices = 1,
            Needed = Money.FromUsd(0.0006m),
            Targets = [new DecidedTarget("holysheep", "gpt-4.1", "2026-01-01")],
            Budgets =
            [
                new DecidedBudget
                {
                    Scope = "user:ann",
                    Window = BudgetWindow.Day,
                    Mode = BudgetMode.Soft,
                    LimitUsd = Money.FromUsd(1),
                    RaisedUsd = Money.FromUsd(0.25m),
                    RolledOverUsd = Money.Zero,
                    CountedBeforeUsd = Money.FromUsd(0.9999m),
                    CountedAfterUsd = Money.FromUsd(1.0005m),
                },
            ],
        },
        Holds = [new HoldReport { Attempt = 1, At = At, AmountUsd = Money.FromUsd(0.0006m), Deadline = At.AddMinutes(5), State = HoldStatus.Posted }],
        Entries =
        [
            new LedgerEntry
            {
                Seq = 17,
                At = At.AddSeconds(2),
                Kind = LedgerEntryKind.Posted,
                RequestId = Id,
                Attempt = 1,
                KeyId = "k_12345678",
                User = "ann",
                Provider = "holysheep",
                Model = "gpt-4.1",
                InputTokens = 12,
                OutputTokens = 30,
                CostUsd = Money.FromUsd(0.000264m),
                PriceVersion = "2026-01-01",
                Outcome = "ok",
            },
        ],
    };
}
