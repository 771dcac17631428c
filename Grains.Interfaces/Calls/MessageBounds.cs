namespace OrleansGateway;

/// <summary>How much goes between processes at once. A larger message closes a connection that all callers share, so whatever is passed on is bounded before it is.</summary>
internal static class MessageBounds
{
    /// <summary>The largest message, in bytes.</summary>
    public const int Most = 16 * MiB;

    /// <summary>The largest body or answer within one: the rest is for what goes with it.</summary>
    public const int MostPayload = 15 * MiB;

    private const int MiB = 1024 * 1024;
}
