using System.Security.Authentication;
using System.Security.Cryptography;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>What each way of failing means: who is at fault, whether it was charged, what may be tried next. The only place that decides it.</summary>
internal static class AttemptVerdicts
{
    private const int FingerprintedBytes = 200;

    /// <summary>A response whose status is not a success, or an error that stands for one.</summary>
    public static Failed OfStatus(int status, UpstreamError error, TimeSpan? retryAfter, bool billsServerErrors)
    {
        var failed = status switch
        {
            401 or 402 or 403 => new Failed(UpstreamFailureKind.Authentication, OutcomeWords.Authentication),
            404 or 405 or 406 or 410 => new Failed(UpstreamFailureKind.Error, OutcomeWords.NotFound),
            408 or 425 => new Failed(UpstreamFailureKind.Error, OutcomeWords.Unavailable) { Retryable = true },
            409 => new Failed(UpstreamFailureKind.Error, OutcomeWords.Conflict) { Retryable = true },
            429 when error.SaysQuotaSpent => new Failed(UpstreamFailureKind.Authentication, OutcomeWords.Authentication),
            429 => new Failed(UpstreamFailureKind.RateLimited, OutcomeWords.RateLimited) { Retryable = true },
            >= 500 => new Failed(UpstreamFailureKind.Error, OutcomeWords.ServerError, billsServerErrors ? Billing.Unknown : Billing.Never)
            {
                Retryable = true,
                TripsCircuit = true,
            },
            >= 400 => new Failed(UpstreamFailureKind.RequestRejected, OutcomeWords.Rejected) { FallsBack = error.SaysTooLong, NeedsRoom = error.SaysTooLong, Error = error },
            _ => new Failed(UpstreamFailureKind.Error, OutcomeWords.Redirect),
        };
        return failed with { Status = status, RetryAfter = failed.Retryable ? retryAfter : null };
    }

    /// <summary>An error object in an answer of status 200.</summary>
    public static Failed OfErrorInAnswer(UpstreamError error, bool billsServerErrors) =>
        OfErrorInside(error, billsServerErrors, OutcomeWords.ErrorInAnswer);

    /// <summary>An error event before anything of a stream was passed on. A failure in mid-work may have been charged.</summary>
    public static Failed OfErrorEvent(UpstreamError error) => OfErrorInside(error, billsServerErrors: true, OutcomeWords.StreamError);

    /// <summary>An exception from before the response's headers.</summary>
    public static Failed OfSending(Exception exception, UpstreamTimer timer) => exception switch
    {
        // The connection was never made: the transport gave up before our time was over.
        OperationCanceledException when !timer.Expired => new(UpstreamFailureKind.Unavailable, OutcomeWords.Unavailable) { Retryable = true, TripsCircuit = true },
        OperationCanceledException => TimedOut(timer, OutcomeWords.HeadersTimeout),
        HttpRequestException http => OfHttp(http),
        IOException => Lost(),
        _ => Internal(),
    };

    /// <summary>An exception from between the response's headers and its end.</summary>
    public static Failed OfReading(Exception exception, UpstreamTimer timer) => exception switch
    {
        OperationCanceledException when timer.Expired => TimedOut(timer, OutcomeWords.IdleTimeout),
        OperationCanceledException or HttpRequestException or IOException =>
            new(UpstreamFailureKind.Error, OutcomeWords.Interrupted, Billing.Unknown) { TripsCircuit = true },
        _ => Internal(),
    };

    /// <summary>The gateway itself is at fault, and nobody knows what the upstream did.</summary>
    public static Failed Internal() => new(UpstreamFailureKind.Error, OutcomeWords.Internal, Billing.Unknown) { FallsBack = false };

    /// <summary>Something came with status 200 that is not an answer.</summary>
    public static Failed NoAnswer(string word) => new(UpstreamFailureKind.InvalidResponse, word, Billing.Unknown) { TripsCircuit = true, Status = 200 };

    /// <summary>The same of a body that is not one.</summary>
    public static Failed NotAnAnswer(ReadOnlySpan<byte> body) =>
        NoAnswer(OutcomeWords.InvalidAnswer) with { Fingerprint = Convert.ToHexStringLower(SHA256.HashData(body[..Math.Min(body.Length, FingerprintedBytes)])) };

    /// <summary>A stream that ended without saying so.</summary>
    public static Failed Truncated() => new(UpstreamFailureKind.Error, OutcomeWords.StreamTruncated, Billing.Unknown) { TripsCircuit = true, Status = 200 };

    // That the gateway's own key is refused is what an operator must hear of, wherever it is said.
    private static Failed OfErrorInside(UpstreamError error, bool billsServerErrors, string word)
    {
        var failed = OfStatus(error.ImpliedStatus(), error, retryAfter: null, billsServerErrors);
        return failed with { Word = failed.Kind == UpstreamFailureKind.Authentication ? failed.Word : word, Status = 200 };
    }

    private static Failed OfHttp(HttpRequestException exception) => exception.HttpRequestError switch
    {
        HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.ProxyTunnelError =>
            new(UpstreamFailureKind.Unavailable, OutcomeWords.Unavailable) { Retryable = true, TripsCircuit = true },
        HttpRequestError.SecureConnectionError => new(UpstreamFailureKind.Error, OutcomeWords.TlsFailed) { TripsCircuit = true },
        HttpRequestError.VersionNegotiationError => new(UpstreamFailureKind.Error, OutcomeWords.TlsFailed) { TripsCircuit = true },
        HttpRequestError.ConfigurationLimitExceeded => NoAnswer(OutcomeWords.TooLarge),
        _ when exception.InnerException is AuthenticationException => new(UpstreamFailureKind.Error, OutcomeWords.TlsFailed) { TripsCircuit = true },
        _ => Lost(),
    };

    private static Failed Lost() =>
        new(UpstreamFailureKind.Error, OutcomeWords.ConnectionLost, Billing.Unknown) { Retryable = true, TripsCircuit = true };

    private static Failed TimedOut(UpstreamTimer timer, string word) => timer.DeadlinePassed
        ? new(UpstreamFailureKind.Timeout, OutcomeWords.Deadline, Billing.Unknown) { FallsBack = false }
        : new(UpstreamFailureKind.Timeout, word, Billing.Unknown) { TripsCircuit = true };
}
