namespace OrleansGateway;

/// <summary>
/// Requests and tokens of one scope in the last minute. In memory only: exact while the tenant's activation lives, forgotten with it.
/// </summary>
internal sealed class RateLimiter(TimeProvider time)
{
    private RollingWindow? _requests;
    private RollingWindow? _tokens;

    /// <summary>Whether nothing counts any more: forgetting it changes nothing.</summary>
    public bool IsEmpty => _requests is not { Used: not 0 } && _tokens is not { Used: not 0 };

    /// <summary>The quota that a request does not fit in, if any, and when it will.</summary>
    public (QuotaKind Kind, long Limit, TimeSpan RetryAfter)? FirstExceeded(QuotaLimits limits, long tokens)
    {
        if (limits.RequestsPerMinute is { } requestLimit)
        {
            var wait = (_requests ??= new(time)).UntilFits(1, requestLimit);
            if (wait > TimeSpan.Zero) return (QuotaKind.RequestsPerMinute, requestLimit, wait);
        }
        if (limits.TokensPerMinute is { } tokenLimit)
        {
            var wait = (_tokens ??= new(time)).UntilFits(tokens, tokenLimit);
            if (wait > TimeSpan.Zero) return (QuotaKind.TokensPerMinute, tokenLimit, wait);
        }
        return null;
    }

    /// <summary>Counts an admitted request, in whichever windows have a limit; the slot is for <see cref="CorrectTokens"/>.</summary>
    public long Take(QuotaLimits limits, long tokens)
    {
        if (limits.RequestsPerMinute is not null) (_requests ??= new(time)).Take(1);
        return limits.TokensPerMinute is null ? 0 : (_tokens ??= new(time)).Take(tokens);
    }

    /// <summary>Replaces the tokens that a request was admitted with by those it used.</summary>
    public void CorrectTokens(long slot, long change) => _tokens?.Correct(slot, change);

    /// <summary>Fills in what the rate-limit headers say of this scope.</summary>
    public RateLimitSnapshot Snapshot(QuotaLimits limits)
    {
        if (limits.RequestsPerMinute is null && limits.TokensPerMinute is null) return default;
        return new RateLimitSnapshot(
            limits.RequestsPerMinute,
            Remaining(limits.RequestsPerMinute, _requests),
            _requests?.UntilEmpty() ?? TimeSpan.Zero,
            limits.TokensPerMinute,
            Remaining(limits.TokensPerMinute, _tokens),
            _tokens?.UntilEmpty() ?? TimeSpan.Zero);
    }

    private static long Remaining(long? limit, RollingWindow? window) => Math.Max(0, (limit ?? 0) - (window?.Used ?? 0));
}
