// One thing: each code of the contract has its case.
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

/// <summary>Every error code of the contract, over a socket.</summary>
public sealed class DataPlaneTests
{
    private const string Chat = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}]}""";

    private static readonly BudgetStatus Budget = new()
    {
        Scope = "key:k_12345678",
        Window = BudgetWindow.Month,
        Mode = BudgetMode.Hard,
        LimitUsd = Money.FromUsd(500),
        SettledUsd = Money.FromUsd(499.5m),
        AbsorbedUsd = default,
        HeldUsd = default,
        SuspenseUsd = default,
        RemainingUsd = Money.FromUsd(0.5m),
        ResetsAt = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero),
    };

    public static TheoryData<string, int, string, string, string?> Denials => new()
    {
        { nameof(ReservationOutcome.RateLimited), 429, "rate_limit_exceeded", "rate_limit_error", null },
        { nameof(ReservationOutcome.BudgetSpent), 429, "insufficient_quota", "insufficient_quota", null },
        { nameof(ReservationOutcome.ModelNotFound), 404, "model_not_found", "invalid_request_error", "model" },
        { nameof(ReservationOutcome.ModelMissing), 400, "invalid_value", "invalid_request_error", "model" },
        { nameof(ReservationOutcome.ContextExceeded), 400, "context_length_exceeded", "invalid_request_error", "messages" },
        { nameof(ReservationOutcome.OutputExceeded), 400, "invalid_value", "invalid_request_error", "max_tokens" },
        { nameof(ReservationOutcome.KeyRefused), 401, "invalid_api_key", "invalid_request_error", null },
        { nameof(ReservationOutcome.Suspended), 403, "tenant_suspended", "permission_error", null },
        { nameof(ReservationOutcome.InProgress), 409, "idempotency_in_progress", "invalid_request_error", null },
        { nameof(ReservationOutcome.KeyReused), 422, "idempotency_key_reused", "invalid_request_error", "Idempotency-Key" },
        { nameof(ReservationOutcome.Replay), 422, "idempotency_answer_not_kept", "invalid_request_error", "Idempotency-Key" },
        { nameof(ReservationOutcome.HoldClosed), 503, "gateway_overloaded", "service_unavailable_error", null },
    };

    [Theory]
    [MemberData(nameof(Denials))]
    public async Task A_denied_reservation_is_answered_as_the_contract_says(string denial, int status, string code, string type, string? param)
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Tenant.Decide = _ => Outcome(denial);
        front.Client.DefaultRequestHeaders.Add("Idempotency-Key", "k1");
        using var response = await front.PostAsync("/v1/chat/completions", Chat);
        await AssertErrorAsync(response, status, code, type, param);
        Assert.Empty(front.Grains.Pool.Requests);
    }

    [Fact]
    public async Task Who_comes_when_there_are_too_many_is_told_to_come_again()
    {
        await using var front = await FrontHarness.StartAsync(("Gateway:MaxConcurrentConnections", "5"));
        var (go, arrived) = (new TaskCompletionSource(), new SemaphoreSlim(0));
        front.Grains.Pool.OnComplete = async (_, _) =>
        {
            arrived.Release();
            await go.Task;
            return FakeProviderGrain.Completed(FakeProviderGrain.Completion);
        };
        var taken = new List<Task<HttpResponseMessage>>();
        for (var i = 0; i < 4; i++)
        {
            taken.Add(front.PostAsync("/v1/chat/completions", Chat));
            await arrived.WaitAsync(TestContext.Current.CancellationToken);
        }

        using (var refused = await front.PostAsync("/v1/chat/completions", Chat))
        {
            await AssertErrorAsync(refused, 503, "gateway_overloaded", "service_unavailable_error", null);
            Assert.Equal(1, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        }

        go.SetResult();
        foreach (var task in taken)
        {
            using var response = await task;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        using var next = await front.PostAsync("/v1/chat/completions", Chat);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task A_request_that_is_refused_when_asked_again_gives_back_what_its_first_call_may_have_got()
    {
        await using var front = await FrontHarness.StartAsync();
        var tenant = front.Grains.Tenant;
        tenant.Decide = _ => tenant.Reserved.Count == 1 ? throw new TimeoutException() : Outcome(nameof(ReservationOutcome.BudgetSpent));
        using var response = await front.PostAsync("/v1/chat/completions", Chat);
        await AssertErrorAsync(response, 429, "insufficient_quota", "insufficient_quota", null);

        await Eventually.BecomesAsync(() => Task.FromResult(tenant.Posted.Count), count => count == 1, TimeSpan.FromSeconds(10), "A void");
        Assert.Equal((tenant.Reserved[0].Hold, PostingKind.Void), (tenant.Posted[0].Hold, tenant.Posted[0].Kind));
    }

    public static TheoryData<UpstreamFailureKind, int, string, string> Failures => new()
    {
        { UpstreamFailureKind.Unavailable, 503, "upstream_unavailable", "service_unavailable_error" },
        { UpstreamFailureKind.RateLimited, 503, "upstream_rate_limited", "service_unavailable_error" },
        { UpstreamFailureKind.Timeout, 504, "upstream_timeout", "timeout_error" },
        { UpstreamFailureKind.Error, 502, "upstream_error", "upstream_error" },
        { UpstreamFailureKind.Authentication, 502, "upstream_authentication_error", "upstream_error" },
        { UpstreamFailureKind.InvalidResponse, 502, "upstream_invalid_response", "upstream_error" },
        { UpstreamFailureKind.RequestRejected, 400, "invalid_value", "invalid_request_error" },
        { UpstreamFailureKind.BudgetSpent, 429, "insufficient_quota", "insufficient_quota" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failed_answer_says_what_failed_and_who_was_tried(UpstreamFailureKind kind, int status, string code, string type)
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Pool.OnComplete = (_, _) => Task.FromResult<ProviderAnswer>(FakeProviderGrain.Failed(kind));
        front.Grains.Pool.OnStream = (_, _, _) => Task.FromResult<ProviderAnswer>(FakeProviderGrain.Failed(kind));
        foreach (var body in new[] { Chat, Chat[..^1] + ",\"stream\":true}" })
        {
            using var response = await front.PostAsync("/v1/chat/completions", body);
            await AssertErrorAsync(response, status, code, type, null);
            Assert.Equal("simulator", response.Headers.GetValues("x-gateway-provider").Single());
            Assert.Equal("1", response.Headers.GetValues("x-gateway-attempts").Single());
        }
    }

    [Theory]
    [InlineData(0.6, "did not cover another attempt, after one that failed without saying what it cost: it could cost up to $0.6, and $0.5 of $500 remains")]
    [InlineData(0, "did not cover this request, which asks its model to think and so holds its whole answer at once, and $0.5 of $500 remains")]
    public async Task A_hold_that_is_not_renewed_says_which_budget_denied_it_what_remains_and_when_it_resets(double suspended, string words)
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Tenant.Report = new QuotaReport
        {
            Tenant = "acme",
            OpenReservations = 0,
            Limits = [],
            Budgets = [Budget with { Scope = "tenant", RemainingUsd = Money.FromUsd(499) }, Budget, Budget with { Mode = BudgetMode.Soft, RemainingUsd = Money.Zero }],
        };
        var failed = FakeProviderGrain.Failed(UpstreamFailureKind.BudgetSpent) with { Receipt = new PostingReceipt(Money.Zero, Money.FromUsd((decimal)suspended)) };
        front.Grains.Pool.OnComplete = (_, _) => Task.FromResult<ProviderAnswer>(failed);
        using var response = await front.PostAsync("/v1/chat/completions", Chat);
        var message = await AssertErrorAsync(response, 429, "insufficient_quota", "insufficient_quota", null);
        foreach (var part in new[]
        {
            "The month budget of api key k_12345678", words, "it resets at 2026-12-01T00:00:00Z", "Ask for less output with max_tokens",
        })
            Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Equal("1", response.Headers.GetValues("x-gateway-attempts").Single());
    }

    [Fact]
    public async Task An_upstreams_refusal_keeps_its_own_code_and_field()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Pool.OnComplete = (_, _) => Task.FromResult<ProviderAnswer>(
            FakeProviderGrain.Failed(UpstreamFailureKind.RequestRejected) with { Message = "too long", Param = "messages", Code = "context_length_exceeded" });
        using var response = await front.PostAsync("/v1/chat/completions", Chat);
        await AssertErrorAsync(response, 400, "context_length_exceeded", "invalid_request_error", "messages");
    }

    [Theory]
    [InlineData("POST", "/v1/chat/completions", "{", "application/json", 400, "invalid_json")]
    [InlineData("POST", "/v1/chat/completions", "{}", "application/json", 400, "invalid_value")]
    [InlineData("POST", "/v1/chat", "{\"messages\":[{\"role\":\"user\"}],\"top_p\":1}", "application/json", 400, "unsupported_parameter")]
    [InlineData("POST", "/v1/embeddings", "{\"model\":\"e\"}", "application/json", 400, "invalid_value")]
    [InlineData("POST", "/v1/chat/completions", "{}", "text/plain", 415, "unsupported_media_type")]
    [InlineData("POST", "/v1/chat/completions", "{}", "application/json; charset=latin1", 415, "unsupported_media_type")]
    [InlineData("POST", "/v1/completions", "{}", "application/json", 404, "unknown_url")]
    [InlineData("GET", "/", null, null, 404, "unknown_url")]
    [InlineData("GET", "/v1/models/some/model", null, null, 404, "model_not_found")]
    [InlineData("GET", "/v1/chat/completions", null, null, 405, "method_not_allowed")]
    [InlineData("DELETE", "/v1/models", null, null, 405, "method_not_allowed")]
    public async Task A_wrong_request_is_told_what_is_wrong(string method, string path, string? body, string? contentType, int status, string code)
    {
        await using var front = await FrontHarness.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("content-type", contentType);
        }

        using var response = await front.SendAsync(request);
        await AssertErrorAsync(response, status, code, "invalid_request_error", null, checkParam: false);
        Assert.Empty(front.Grains.Tenant.Reserved);
    }

    [Theory]
    [InlineData(null, "missing_api_key")]
    [InlineData("Bearer", "missing_api_key")]
    [InlineData("Basic abc", "invalid_api_key")]
    [InlineData("Bearer sk-gw-nonsense", "invalid_api_key")]
    [InlineData("Bearer sk-gw-00000000-0000000000000000000000000000000000000000000", "invalid_api_key")]
    public async Task Without_a_good_key_nothing_is_told(string? authorization, string code)
    {
        await using var front = await FrontHarness.StartAsync();
        front.Client.DefaultRequestHeaders.Authorization = null;
        if (authorization is not null) front.Client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        using var response = await front.PostAsync("/v1/chat/completions", Chat);
        await AssertErrorAsync(response, 401, code, "invalid_request_error", null);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_with_and_without_a_length()
    {
        await using var front = await FrontHarness.StartAsync(("Gateway:MaxRequestBodyBytes", "2048"));
        var large = $$"""{"messages":[{"role":"user","content":"{{new string('x', 4000)}}"}]}""";
        using var measured = await front.PostAsync("/v1/chat/completions", large);
        await AssertErrorAsync(measured, 413, "request_too_large", "invalid_request_error", null);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(large, Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = true;
        using var chunked = await front.SendAsync(request);
        await AssertErrorAsync(chunked, 413, "request_too_large", "invalid_request_error", null);
    }

    [Theory]
    [InlineData("/v1/chat/completions", false, "application/json", 401)]
    [InlineData("/v1/nonsense", true, "application/json", 404)]
    [InlineData("/v1/models", true, "application/json", 405)]
    [InlineData("/v1/chat/completions", true, "text/plain", 415)]
    [InlineData("/v1/chat/completions", true, "application/json", 413)]
    [InlineData("/admin/v1/tenants", true, "application/json", 401)]
    public async Task Who_is_refused_before_a_body_beyond_the_limit_is_read_can_send_all_of_it_and_is_told_why(string path, bool withKey, string contentType, int status)
    {
        await using var front = await FrontHarness.StartAsync(("Gateway:MaxRequestBodyBytes", "2048"));
        using var caller = new RawCaller(front.Client.BaseAddress!);
        var piece = new byte[64 * 1024];
        await caller.SendAsync(
            $"POST {path} HTTP/1.1\r\nHost: x\r\n{(withKey ? $"Authorization: Bearer {front.Secret}\r\n" : "")}"
            + $"Content-Type: {contentType}\r\nContent-Length: {100 * piece.Length}\r\n\r\n");

        // Answered, but it goes on sending as clients do that read their answer afterwards.
        await caller.ReadAsync(status);
        for (var i = 0; i < 100; i++) await caller.SendAsync(piece);
        await caller.SendAsync("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");

        await caller.ReadAsync(200);
        Assert.Empty(front.Grains.Tenant.Reserved);
    }

    [Theory]
    [InlineData("ffffffffffffffff")]
    [InlineData("7fffffffffffffff")]
    [InlineData("80000000")]
    [InlineData("nonsense")]
    public async Task A_chunk_whose_size_is_none_is_the_callers_fault(string size)
    {
        await using var front = await FrontHarness.StartAsync();
        using var caller = new RawCaller(front.Client.BaseAddress!);
        await caller.SendAsync(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {front.Secret}\r\n"
            + $"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\n");
        Assert.Contains("\"code\":\"invalid_json\"", await caller.ReadAsync(400), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_body_is_refused()
    {
        await using var front = await FrontHarness.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Chat, Encoding.UTF8, "application/json") };
        request.Content.Headers.ContentEncoding.Add("gzip");
        using var response = await front.SendAsync(request);
        await AssertErrorAsync(response, 415, "unsupported_media_type", "invalid_request_error", null);
    }

    [Fact]
    public async Task A_lost_silo_is_asked_once_more_for_the_same_hold()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Tenant.Decide = request =>
            front.Grains.Tenant.Reserved.Count == 1 ? throw new SiloUnavailableException("gone") : front.Grains.Tenant.Grant(request);
        using var response = await front.PostAsync("/v1/chat/completions", Chat);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, front.Grains.Tenant.Reserved.Count);
        Assert.Equal(front.Grains.Tenant.Reserved[0].Hold, front.Grains.Tenant.Reserved[1].Hold);
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public async Task A_cluster_or_store_that_stays_away_is_a_503(bool lost, int calls)
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Tenant.Decide = _ => throw (lost ? new TimeoutException() : new StoreUnavailableException("down"));
        using var response = await front.PostAsync("/v1/chat/completions", Chat);
        await AssertErrorAsync(response, 503, lost ? "gateway_overloaded" : "store_unavailable", "service_unavailable_error", null);
        Assert.InRange(response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal(calls, front.Grains.Tenant.Reserved.Count);
    }

    [Fact]
    public async Task Of_a_store_that_is_away_each_request_tells_by_its_outcome_alone()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Tenant.Decide = _ => throw new StoreUnavailableException("down");
        using var response = await front.PostAsync("/v1/chat/completions", Chat);
        await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        await front.DisposeAsync();

        Assert.Equal("store_unavailable", Assert.Single(front.Logs.Events, one => one.Name == "request").Fields["Outcome"]);
        Assert.DoesNotContain(front.Logs.Events, one => one.Name == "request_failed");
    }

    [Fact]
    public async Task A_call_lost_with_its_process_is_a_503_and_not_repeated()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Pool.OnComplete = (_, _) => Task.FromException<ProviderAnswer>(new SiloUnavailableException("gone"));
        using var response = await front.PostAsync("/v1/chat/completions", Chat);
        await AssertErrorAsync(response, 503, "upstream_unavailable", "service_unavailable_error", null);
        Assert.Single(front.Grains.Pool.Requests);
    }

    [Fact]
    public async Task A_fault_of_ours_is_a_500_that_gives_nothing_away()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Tenant.Decide = _ => throw new InvalidDataException("secret detail");
        using var response = await front.PostAsync("/v1/chat/completions", Chat);
        var message = await AssertErrorAsync(response, 500, "internal_error", "server_error", null);
        Assert.DoesNotContain("secret detail", message, StringComparison.Ordinal);
        Assert.Single(front.Logs.Events, one => one.Name == "request_failed");
    }

    [Fact]
    public async Task One_event_tells_of_a_request_and_no_prompt_answer_or_key()
    {
        await using var front = await FrontHarness.StartAsync();
        var response = await front.PostAsync("/v1/chat/completions", """{"model":"gpt-4.1","messages":[{"role":"user","content":"a private question"}]}""");
        await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        await front.DisposeAsync();

        var one = Assert.Single(front.Logs.Events, one => one.Name == "request");
        Assert.Equal(LogLevel.Information, one.Level);
        Assert.Equal("acme", one.Fields["Tenant"]);
        Assert.Equal(200, one.Fields["Status"]);
        Assert.Equal("ok", one.Fields["Outcome"]);
        Assert.Equal(0.000264m, one.Fields["CostUsd"]);
        Assert.Equal(response.Headers.GetValues("x-request-id").Single(), one.Fields["RequestId"]);
        foreach (var written in front.Logs.Events)
        {
            Assert.DoesNotContain("private question", written.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("Hello", written.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(front.Secret, written.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_others_chose_of_an_event_is_cut_and_has_no_control_characters()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Pool.OnComplete = (_, _) => Task.FromResult<ProviderAnswer>(
            FakeProviderGrain.Failed(UpstreamFailureKind.RequestRejected) with { Message = "no", Code = "a\r\n\u001b[2J" + new string('x', 1_000) });
        using (await front.PostAsync("/v1/chat/completions", Chat))
        using (await front.SendAsync(new(new HttpMethod(new string('M', 1_000)), "/v1/models"))) await front.DisposeAsync();

        var told = front.Logs.Events.Where(one => one.Name == "request").ToList();
        Assert.Equal("a???[2J" + new string('x', 249), told[0].Fields["Outcome"]);
        Assert.Equal(new string('M', 256), told[1].Fields["Method"]);
    }

    [Fact]
    public async Task The_event_of_a_caller_without_a_key_names_none()
    {
        await using var front = await FrontHarness.StartAsync();
        using (await front.GetAsync("/v1/models")) front.Client.DefaultRequestHeaders.Authorization = null;
        using (await front.GetAsync("/v1/models")) await front.DisposeAsync();

        var told = front.Logs.Events.Where(one => one.Name == "request").ToList();
        Assert.Equal([(200, true), (401, false)], told.Select(one => ((int)one.Fields["Status"]!, one.Fields.ContainsKey("KeyId"))));
    }

    private static ReservationOutcome Outcome(string name) => name switch
    {
        nameof(ReservationOutcome.RateLimited) => new ReservationOutcome.RateLimited("user:billing-quota", QuotaKind.RequestsPerMinute, 600, TimeSpan.FromSeconds(2.5), default),
        nameof(ReservationOutcome.BudgetSpent) => new ReservationOutcome.BudgetSpent(Budget, Money.FromUsd(1), default),
        nameof(ReservationOutcome.ModelNotFound) => new ReservationOutcome.ModelNotFound("gpt-9"),
        nameof(ReservationOutcome.ModelMissing) => new ReservationOutcome.ModelMissing(),
        nameof(ReservationOutcome.ContextExceeded) => new ReservationOutcome.ContextExceeded("gpt-4.1", 1000, 2000),
        nameof(ReservationOutcome.OutputExceeded) => new ReservationOutcome.OutputExceeded("gpt-4.1", 1000, 2000),
        nameof(ReservationOutcome.KeyRefused) => new ReservationOutcome.KeyRefused(),
        nameof(ReservationOutcome.Suspended) => new ReservationOutcome.Suspended(),
        nameof(ReservationOutcome.InProgress) => new ReservationOutcome.InProgress("req_1"),
        nameof(ReservationOutcome.KeyReused) => new ReservationOutcome.KeyReused("req_1"),
        nameof(ReservationOutcome.Replay) => new ReservationOutcome.Replay(new HoldId("req_1", 1), default, default),
        _ => new ReservationOutcome.HoldClosed(),
    };

    private static async Task<string> AssertErrorAsync(HttpResponseMessage response, int status, string code, string type, string? param, bool checkParam = true)
    {
        var body = await FrontHarness.JsonAsync(response);
        Assert.Equal((status, code), ((int)response.StatusCode, body.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(["message", "type", "param", "code"], body.GetProperty("error").EnumerateObject().Select(field => field.Name));
        Assert.Equal(type, body.GetProperty("error").GetProperty("type").GetString());
        if (checkParam) Assert.Equal(param, body.GetProperty("error").GetProperty("param").GetString());
        Assert.StartsWith("req_", response.Headers.GetValues("x-request-id").Single(), StringComparison.Ordinal);
        Assert.Equal(status is 503 or 409 || code is "rate_limit_exceeded", response.Headers.RetryAfter is not null);
        Assert.Equal(code is "insufficient_quota", response.Headers.Contains("x-should-retry"));
        return body.GetProperty("error").GetProperty("message").GetString()!;
    }
}
