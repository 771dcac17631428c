namespace OrleansGateway;

/// <summary>Whether this process should get requests: it has started, is not about to stop, and every check agrees.</summary>
internal sealed class Readiness(IHostApplicationLifetime lifetime, IEnumerable<IReadinessCheck> checks, TimeProvider time)
{
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(2);

    private readonly IReadinessCheck[] _checks = [.. checks];

    /// <summary>Why not; empty when ready.</summary>
    public async Task<IReadOnlyList<string>> WhyNotAsync(CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested) return ["stopping"];
        if (!lifetime.ApplicationStarted.IsCancellationRequested) return ["starting"];

        var answers = await Task.WhenAll(_checks.Select(check => AskAsync(check, cancellationToken)));
        return [.. answers.OfType<string>()];
    }

    private async Task<string?> AskAsync(IReadinessCheck check, CancellationToken cancellationToken)
    {
        try
        {
            return await check.WhyNotAsync(cancellationToken).AsTask().WaitAsync(CheckTimeout, time, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return $"{check.GetType().Name}: {e.GetType().Name}";
        }
    }
}
