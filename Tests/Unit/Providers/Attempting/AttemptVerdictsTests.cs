using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.Unit.Providers;

public sealed class AttemptVerdictsTests
{
    [Theory]
    [InlineData(301, "Error", "redirect", false, true, false)]
    [InlineData(307, "Error", "redirect", false, true, false)]
    [InlineData(400, "RequestRejected", "rejected", false, false, false)]
    [InlineData(413, "RequestRejected", "rejected", false, false, false)]
    [InlineData(422, "RequestRejected", "rejected", false, false, false)]
    [InlineData(401, "Authentication", "upstream_authentication", false, true, false)]
    [InlineData(402, "Authentication", "upstream_authentication", false, true, false)]
    [InlineData(403, "Authentication", "upstream_authentication", false, true, false)]
    [InlineData(404, "Error", "upstream_404", false, true, false)]
    [InlineData(408, "Error", "unavailable", true, true, false)]
    [InlineData(409, "Error", "upstream_409", true, true, false)]
    [InlineData(429, "RateLimited", "upstream_429", true, true, false)]
    [InlineData(500, "Error", "upstream_5xx", true, true, true)]
    [InlineData(503, "Error", "upstream_5xx", true, true, true)]
    [InlineData(529, "Error", "upstream_5xx", true, true, true)]
    public void A_status_says_what_may_be_tried_next(int status, string kind, string word, bool retryable, bool fallsBack, bool trips)
    {
        var failed = AttemptVerdicts.OfStatus(status, UpstreamError.None, null, billsServerErrors: false);
        Assert.Equal(
            (kind, word, retryable, fallsBack, trips, Billing.Never),
            (failed.Kind.ToString(), failed.Word, failed.Retryable, failed.FallsBack, failed.TripsCircuit, failed.Billing));
    }

    [Fact]
    public void A_server_error_of_a_provider_that_bills_them_has_an_unknown_outcome() =>
        Assert.Equal(Billing.Unknown, AttemptVerdicts.OfStatus(502, UpstreamError.None, null, billsServerErrors: true).Billing);

    [Theory]
    [InlineData("""{"error":{"message":"m","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}""")]
    [InlineData("""{"error":{"message":"m","type":"insufficient_quota","code":"credit_balance_exhausted"}}""")]
    [InlineData("""{"error":{"code":"project_spend_limit_exceeded"}}""")]
    public void A_429_for_spent_credit_is_the_gateways_own_trouble(string body)
    {
        var failed = AttemptVerdicts.OfStatus(429, UpstreamError.Parse(Encoding.UTF8.GetBytes(body)), TimeSpan.FromSeconds(5), false);
        Assert.Equal((UpstreamFailureKind.Authentication, false, null), (failed.Kind, failed.Retryable, failed.RetryAfter));
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, "Unavailable", "unavailable", "Never", true)]
    [InlineData(HttpRequestError.NameResolutionError, "Unavailable", "unavailable", "Never", true)]
    [InlineData(HttpRequestError.SecureConnectionError, "Error", "tls_failed", "Never", false)]
    [InlineData(HttpRequestError.ResponseEnded, "Error", "connection_lost", "Unknown", true)]
    [InlineData(HttpRequestError.Unknown, "Error", "connection_lost", "Unknown", true)]
    [InlineData(HttpRequestError.InvalidResponse, "Error", "connection_lost", "Unknown", true)]
    [InlineData(HttpRequestError.ConfigurationLimitExceeded, "InvalidResponse", "too_large", "Unknown", false)]
    public void An_exception_says_whether_the_request_can_have_arrived(HttpRequestError error, string kind, string word, string billing, bool retryable)
    {
        using var timer = new UpstreamTimer(new PoolTime(new FakeTimeProvider()), DateTimeOffset.MaxValue, TimeSpan.FromSeconds(60));
        var failed = AttemptVerdicts.OfSending(new HttpRequestException(error), timer);
        Assert.Equal((kind, word, billing, retryable, true), (failed.Kind.ToString(), failed.Word, failed.Billing.ToString(), failed.Retryable, failed.TripsCircuit));
    }

    [Fact]
    public void A_connection_that_is_not_made_in_time_was_never_billed()
    {
        using var timer = new UpstreamTimer(new PoolTime(new FakeTimeProvider()), DateTimeOffset.MaxValue, TimeSpan.FromSeconds(60));
        var failed = AttemptVerdicts.OfSending(new TaskCanceledException("connect", new TimeoutException()), timer);
        Assert.Equal((UpstreamFailureKind.Unavailable, Billing.Never, true), (failed.Kind, failed.Billing, failed.Retryable));
    }

    [Theory]
    [InlineData("""{"error":{"message":"m","type":"t","param":"p","code":"c"}}""", "m", "t", "p", "c")]
    [InlineData("""{"error":{"message":"m","code":429}}""", "m", null, null, "429")]
    [InlineData("""{"error":{"message":"m","code":"","type":"new_api_error"}}""", "m", "new_api_error", null, null)]
    [InlineData("""{"error":"just text"}""", "just text", null, null, null)]
    [InlineData("""{"type":"error","error":{"type":"overloaded_error","message":"m"}}""", "m", "overloaded_error", null, null)]
    [InlineData("""{"message":"m"}""", "m", null, null, null)]
    [InlineData("<html>502</html>", null, null, null, null)]
    [InlineData("", null, null, null, null)]
    [InlineData("""{"error":{"message":"\ud800"}}""", null, null, null, null)]
    [InlineData("[1]", null, null, null, null)]
    public void Error_bodies_are_read_as_far_as_they_go(string body, string? message, string? type, string? param, string? code) =>
        Assert.Equal(new UpstreamError(message, type, param, code), UpstreamError.Parse(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_word_of_an_upstreams_is_no_longer_than_a_log_line_has_room_for(bool number)
    {
        var word = number ? new string('1', 3_000_000) : $"\"{new string('x', 3_000_000)}\"";
        var error = UpstreamError.Parse(Encoding.UTF8.GetBytes($$"""{"error":{"message":{{word}},"type":{{word}},"param":{{word}},"code":{{word}} } }"""));
        Assert.Equal((2_000, 256, 256, 256), (error.Message!.Length, error.Type!.Length, error.Param!.Length, error.Code!.Length));
    }

    [Theory]
    [InlineData("""{"error":{"code":429}}""", "RateLimited")]
    [InlineData("""{"error":{"type":"rate_limit_error"}}""", "RateLimited")]
    [InlineData("""{"error":{"type":"invalid_request_error","code":"context_length_exceeded"}}""", "RequestRejected")]
    [InlineData("""{"error":{"type":"insufficient_quota"}}""", "Authentication")]
    [InlineData("""{"error":{"code":"invalid_api_key"}}""", "Authentication")]
    [InlineData("""{"error":{"code":"model_not_found"}}""", "Error")]
    [InlineData("""{"error":{"type":"overloaded_error"}}""", "Error")]
    [InlineData("""{"error":"x"}""", "Error")]
    public void An_error_in_an_answer_counts_as_its_type(string body, string kind) =>
        Assert.Equal(kind, AttemptVerdicts.OfErrorInAnswer(UpstreamError.Parse(Encoding.UTF8.GetBytes(body)), false).Kind.ToString());
}
