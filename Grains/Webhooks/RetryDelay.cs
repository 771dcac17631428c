namespace OrleansGateway;

/// <summary>How long a delivery waits after a failure: twice as long each time up to a longest, of which a random half is left out.</summary>
internal static class RetryDelay
{
    // Beyond, doubling passes any longest delay there may be.
    private const int MostDoublings = 30;

    /// <param name="options">The first and the longest delay.</param>
    /// <param name="failures">How often it has failed, from 1.</param>
    /// <param name="random">So that those who failed together do not come back together.</param>
    public static TimeSpan After(WebhookOptions options, int failures, Random random)
    {
        var full = Math.Min(options.FirstRetry.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, MostDoublings)), options.LongestRetry.TotalSeconds);
        return TimeSpan.FromSeconds(full * (0.5 + (random.NextDouble() / 2)));
    }
}
