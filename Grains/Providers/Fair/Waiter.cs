namespace OrleansGateway;

/// <summary>One request that waits for its turn.</summary>
/// <param name="tenant">Whose it is.</param>
/// <param name="weight">Its tenant's weight.</param>
/// <param name="cost">What it takes of the lane: its largest part of any limit's minute.</param>
/// <param name="tokens">Tokens that it is expected to take.</param>
internal sealed class Waiter(string tenant, int weight, double cost, long tokens)
{
    // Goes on where it is let in: whoever lets it in holds no lock.
    private readonly TaskCompletionSource<LaneAnswer> _answer = new();

    public string Tenant => tenant;

    public int Weight => weight;

    public double Cost => cost;

    public long Tokens => tokens;

    /// <summary>What became of it.</summary>
    public Task<LaneAnswer> Answer => _answer.Task;

    /// <summary>Ends its wait.</summary>
    public void End(LaneAnswer answer) => _answer.TrySetResult(answer);
}

/// <summary>Whether a request may be sent, and if not, when it may be worth another try.</summary>
internal readonly record struct LaneAnswer(bool MayGo, TimeSpan RetryAfter)
{
    public static readonly LaneAnswer Go = new(true, TimeSpan.Zero);

    public static LaneAnswer Shed(TimeSpan retryAfter) => new(false, retryAfter);
}
