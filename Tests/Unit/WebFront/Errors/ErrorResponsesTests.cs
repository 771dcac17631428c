using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OrleansGateway.Tests;

public sealed class ErrorResponsesTests
{
    [Fact]
    public async Task Every_kind_has_a_status_and_a_body_with_all_four_keys()
    {
        foreach (var kind in Enum.GetValues<GatewayErrorKind>())
        {
            var (response, body) = await WriteAsync(new GatewayError(kind, "Do this.", "field"));
            var fact = GatewayErrors.Of(kind);
            Assert.InRange(response.StatusCode, 400, 504);
            Assert.Equal(fact.Status, response.StatusCode);
            Assert.Equal($$$"""{"error":{"message":"Do this.","type":"{{{fact.Type}}}","param":"field","code":"{{{fact.Code}}}"}}""", body);
            Assert.Equal(body.Length, response.ContentLength);
            Assert.Equal(fact.Status is 409 or 503 || kind == GatewayErrorKind.RateLimitExceeded, response.Headers.ContainsKey("retry-after"));
            Assert.Equal(kind == GatewayErrorKind.RateLimitExceeded, response.Headers.ContainsKey("retry-after-ms"));
            Assert.Equal(kind == GatewayErrorKind.InsufficientQuota, response.Headers.ContainsKey("x-should-retry"));
            if (fact.Status < 500) Assert.Equal(LogLevel.Information, fact.Level);
        }
    }

    [Theory]
    [InlineData(0, "1", "1")]
    [InlineData(5, "1", "5")]
    [InlineData(1_001, "2", "1001")]
    [InlineData(59_500, "60", "59500")]
    [InlineData(3_600_000, "60", "60000")]
    public async Task A_wait_is_whole_seconds_from_1_to_60(double milliseconds, string seconds, string exact)
    {
        var (response, _) = await WriteAsync(new GatewayError(GatewayErrorKind.RateLimitExceeded, "Wait.") { RetryAfter = TimeSpan.FromMilliseconds(milliseconds) });
        Assert.Equal((seconds, exact), (response.Headers["retry-after"].ToString(), response.Headers["retry-after-ms"].ToString()));
    }

    [Fact]
    public void A_rate_limit_never_says_quota_or_billing_whatever_a_user_is_called()
    {
        var error = Denials.Of(new ReservationOutcome.RateLimited("user:quota billing", QuotaKind.TokensPerMinute, 5, TimeSpan.FromSeconds(3), default), UpstreamApi.Chat);
        Assert.DoesNotContain("quota", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("billing", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Try again in 3 s", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UpstreamApi.Chat, "Ask for less output with max_tokens")]
    [InlineData(UpstreamApi.Responses, "Ask for less output with max_output_tokens")]
    [InlineData(UpstreamApi.Embeddings, "Send less input")]
    public async Task What_counts_more_tokens_than_the_limit_is_not_told_to_try_again(UpstreamApi api, string instead)
    {
        var error = Denials.Of(new ReservationOutcome.RateLimited("user:quota billing", QuotaKind.TokensPerMinute, 1_000, TimeSpan.FromMinutes(1), default) { Asked = 2_053 }, api);
        foreach (var part in new[] { "2053 tokens", "1000 tokens per minute", "never fits", instead }) Assert.Contains(part, error.Message, StringComparison.Ordinal);
        foreach (var part in new[] { "quota", "billing", "Try again" }) Assert.DoesNotContain(part, error.Message, StringComparison.OrdinalIgnoreCase);
        var (response, body) = await WriteAsync(error);
        Assert.Contains("\"code\":\"rate_limit_exceeded\"", body, StringComparison.Ordinal);
        Assert.Equal((429, "60", "false"), (response.StatusCode, response.Headers["retry-after"].ToString(), response.Headers["x-should-retry"].ToString()));
    }

    [Theory]
    [InlineData(QuotaKind.ConcurrentRequests, "0 requests at once", 1)]
    [InlineData(QuotaKind.RequestsPerMinute, "0 requests per minute", 60)]
    [InlineData(QuotaKind.TokensPerMinute, "0 tokens per minute", 60)]
    public async Task Who_is_let_no_request_is_not_told_to_try_again(QuotaKind kind, string limit, int seconds)
    {
        var limited = new ReservationOutcome.RateLimited("key:k_1", kind, 0, TimeSpan.FromSeconds(seconds), default) { Asked = kind == QuotaKind.TokensPerMinute ? 9 : null };
        var error = Denials.Of(limited, UpstreamApi.Chat);
        foreach (var part in new[] { "this api key", limit, "Have the limit raised" }) Assert.Contains(part, error.Message, StringComparison.Ordinal);
        foreach (var part in new[] { "quota", "billing", "Try again", "less output" }) Assert.DoesNotContain(part, error.Message, StringComparison.OrdinalIgnoreCase);
        var (response, body) = await WriteAsync(error);
        Assert.Contains("\"code\":\"rate_limit_exceeded\"", body, StringComparison.Ordinal);
        Assert.Equal((429, $"{seconds}", "false"), (response.StatusCode, response.Headers["retry-after"].ToString(), response.Headers["x-should-retry"].ToString()));
        Assert.Null(RefusalJson.Of(limited, UpstreamApi.Chat, DateTimeOffset.UnixEpoch).ResetsAt);
    }

    [Fact]
    public void A_spent_budget_says_whose_its_limit_what_is_spent_held_and_remains_and_when_it_resets()
    {
        var budget = new BudgetStatus
        {
            Scope = "user:ann",
            Window = BudgetWindow.Day,
            Mode = BudgetMode.Hard,
            LimitUsd = Money.FromUsd(5),
            SettledUsd = Money.FromUsd(4m),
            AbsorbedUsd = Money.FromUsd(0.25m),
            HeldUsd = Money.FromUsd(0.375m),
            SuspenseUsd = Money.FromUsd(0.125m),
            RemainingUsd = Money.FromUsd(0.25m),
            ResetsAt = new DateTimeOffset(2026, 12, 1, 1, 0, 0, TimeSpan.FromHours(1)),
        };
        var error = Denials.Of(new ReservationOutcome.BudgetSpent(budget, Money.FromUsd(0.3m), default), UpstreamApi.Chat);
        foreach (var part in new[]
        {
            "day budget", "end user 'ann'", "$0.3", "$0.25 of $5", "$4.25 is spent", "$0.5 held", "2026-12-01T00:00:00Z", "max_tokens",
        })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        foreach (var message in new[]
        {
            Denials.Of(new ReservationOutcome.BudgetSpent(budget, Money.FromUsd(0.3m), default), UpstreamApi.Embeddings).Message,
            Denials.Of(new ReservationOutcome.ContextExceeded("e", 1, 2), UpstreamApi.Embeddings).Message,
        })
            Assert.DoesNotContain("max_tokens", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_event_is_one_event()
    {
        var text = Encoding.UTF8.GetString(ErrorShape.OpenAI.Event(new GatewayError(GatewayErrorKind.UpstreamError, "line\nbreak"), "req_1", 0));
        Assert.StartsWith("data: {", text, StringComparison.Ordinal);
        Assert.EndsWith("}\n\n", text, StringComparison.Ordinal);
        Assert.Equal(text.Length - 2, text.IndexOf('\n', StringComparison.Ordinal));
        JsonDocument.Parse(text["data: ".Length..]).Dispose();
    }

    private static async Task<(HttpResponse Response, string Body)> WriteAsync(GatewayError error)
    {
        var http = new DefaultHttpContext();
        using var body = new MemoryStream();
        http.Response.Body = body;
        await ErrorResponses.WriteAsync(http.Response, ErrorShape.OpenAI, error, "req_1");
        await http.Response.BodyWriter.FlushAsync(TestContext.Current.CancellationToken);
        return (http.Response, Encoding.UTF8.GetString(body.ToArray()));
    }
}
