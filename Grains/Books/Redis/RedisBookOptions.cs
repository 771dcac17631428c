namespace OrleansGateway;

/// <summary>How the books are kept in Redis.</summary>
public sealed class RedisBookOptions
{
    /// <summary>Put before every key, so that several gateways can share a Redis. The hash tag stays the tenant's.</summary>
    public string KeyPrefix { get; set; } = "";

    /// <summary>How long an append may take with all its tries before it counts as unconfirmed.</summary>
    public TimeSpan AppendTimeout { get; set; } = TimeSpan.FromMilliseconds(800);

    /// <summary>How long one question of a read may take. Callers hear within a second that a store is slow.</summary>
    public TimeSpan ReadTimeout => AppendTimeout;

    /// <summary>Tries of one append, the first included.</summary>
    public int AppendTries { get; set; } = 5;
}
