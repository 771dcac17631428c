namespace OrleansGateway;

/// <summary>The words by which postings and logs say how an attempt ended.</summary>
internal static class OutcomeWords
{
    public const string Ok = "ok";
    public const string UsageMissing = "usage_missing";
    public const string UsageInvalid = "usage_invalid";
    public const string ChoicesOdd = "choices_odd";
    public const string ClientGone = "client_gone";
    public const string NotAdmitted = "not_admitted";

    public const string Unavailable = "unavailable";
    public const string BreakerOpen = "breaker_open";
    public const string UnknownProvider = "unknown_provider";
    public const string TlsFailed = "tls_failed";
    public const string ConnectionLost = "connection_lost";
    public const string HeadersTimeout = "headers_timeout";
    public const string IdleTimeout = "idle_timeout";
    public const string Deadline = "deadline";
    public const string Interrupted = "interrupted";
    public const string BudgetSpent = "budget_spent";
    public const string Internal = "internal_error";
    public const string RenewalUnheard = "renewal_unheard";
    public const string Extended = "extended";
    public const string BudgetEnded = "budget_ended";

    public const string RateLimited = "upstream_429";
    public const string NoTurn = "no_turn";
    public const string Authentication = "upstream_authentication";
    public const string NotFound = "upstream_404";
    public const string Conflict = "upstream_409";
    public const string ServerError = "upstream_5xx";
    public const string Redirect = "redirect";
    public const string Rejected = "rejected";

    public const string ErrorInAnswer = "error_in_200";
    public const string InvalidAnswer = "invalid_response";
    public const string TooLarge = "too_large";
    public const string StreamForJson = "stream_for_json";
    public const string JsonForStream = "json_for_stream";

    public const string StreamTruncated = "truncated";
    public const string StreamBad = "stream_bad";
    public const string StreamError = "stream_error";
}
