namespace OrleansGateway;

/// <summary>Waits for the cluster however long it takes: this process is alive, and not ready.</summary>
internal sealed partial class PatientConnection(TimeProvider time, ILogger<PatientConnection> logger) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private int _attempts;

    /// <inheritdoc/>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromSeconds(Math.Min(++_attempts, LongestPause.TotalSeconds));
        LogWaiting(_attempts, pause.TotalSeconds, exception.Message);
        await Task.Delay(pause, time, cancellationToken);
        return true;
    }

    [LoggerMessage(EventName = "cluster_awaited", Level = LogLevel.Warning, Message = "No silo can be reached (attempt {Attempt}); trying again in {Seconds} s: {Reason}")]
    private partial void LogWaiting(int attempt, double seconds, string reason);
}
