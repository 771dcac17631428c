namespace OrleansGateway;

/// <summary>When the same target is tried again: twice a request at most, and never later than the request has time for.</summary>
internal sealed class RetryRules(TimeProvider time, Random random)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    /// <summary>How long to wait for the retry that a failure deserves; null when it deserves none.</summary>
    public TimeSpan? DelayAfter(AttemptOutcome.Failed failed, UpstreamCall call)
    {
        if (!failed.Retryable || !call.MayRetry || failed.RetryAfter > LongestDelay) return null;
        var jitter = random.NextDouble() * Min(FirstDelay * (1 << call.Retries), LongestDelay);
        var delay = failed.RetryAfter > jitter ? failed.RetryAfter.Value : jitter;
        return time.GetUtcNow() + delay < call.EndsAt ? delay : null;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
