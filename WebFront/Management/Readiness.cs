namespace OrleansGateway;

/// <summary>Whether this process should get requests: it has started, is not about to stop, and every check agrees.</summary>
internal sealed class Readiness(IHostApplicationLifetime lifetime, IEnumerable<IReadinessCheck> checks, TimeProvider time)
{
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromMilliseconds(700);

    // Health is asked by many and on an open port: one answer serves them all for a moment. With the time-out it is true within a second.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMilliseconds(250);

    private readonly IReadinessCheck[] _checks = [.. checks];
    private Answer? _last;

    /// <summary>Why not; empty when ready.</summary>
    public async Task<IReadOnlyList<string>> WhyNotAsync(CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested) return ["stopping"];
        if (!lifetime.ApplicationStarted.IsCancellationRequested) return ["starting"];

        if (_last is { } last && time.GetElapsedTime(last.At) < Lifetime) return last.WhyNot;
        var answers = await Task.WhenAll(_checks.Select(check => AskAsync(check, cancellationToken)));
        var answer = new Answer([.. answers.OfType<string>()], time.GetTimestamp());
        _last = answer;
        return answer.WhyNot;
    }

    private async Task<string?> AskAsync(IReadinessCheck check, CancellationToken cancellationToken)
    {
        try
        {
            return await check.WhyNotAsync(cancellationToken).AsTask().WaitAsync(CheckTimeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return check.NoAnswer;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return $"{check.GetType().Name}: {e.GetType().Name}";
        }
    }

    private sealed record Answer(IReadOnlyList<string> WhyNot, long At);
}
