namespace OrleansGateway;

/// <summary>
/// When the same target is tried again: twice a request at most, never later than the request has time for, not when another target would answer sooner, and
/// within the target's budget of retries.
/// </summary>
internal sealed class RetryRules(PoolTime time, Random random)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);
    private static readonly Backoff Delays = new(TimeSpan.FromMilliseconds(200), LongestDelay);
    private static readonly TimeSpan LongestDelayBeforeAnother = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait for the retry that a failure deserves; null when it deserves none.</summary>
    public TimeSpan? DelayAfter(AttemptOutcome.Failed failed, AimedCall aimed)
    {
        var call = aimed.Call;
        if (!failed.Retryable || !call.MayRetry || failed.RetryAfter > (aimed.HasAnother ? LongestDelayBeforeAnother : LongestDelay)) return null;
        var jitter = random.NextDouble() * Delays.Before(call.Retries);
        var delay = failed.RetryAfter > jitter ? failed.RetryAfter.Value : jitter;
        return time.GetUtcNow() + delay < call.EndsAt && aimed.Health.Retries.TryTake() ? delay : null;
    }

    /// <summary>Whether a failure that was the key's alone is tried with another at once; that adds no load to the one that said no.</summary>
    public bool MayTryAnotherKey(AttemptOutcome.Failed failed, AimedCall aimed) =>
        failed is { Kind: UpstreamFailureKind.RateLimited or UpstreamFailureKind.Authentication, FallsBack: true } and not { Word: OutcomeWords.NoTurn }
        && aimed.Client.Keys.Length > 1 && aimed.Call.MayRetry && time.GetUtcNow() < aimed.Call.EndsAt;
}
