using System.ComponentModel.DataAnnotations;

namespace OrleansGateway;

/// <summary>How the books are kept in Redis.</summary>
public sealed class RedisBookOptions
{
    public const string Section = "Store:Redis:Book";

    /// <summary>Put before every key, so that several gateways can share a Redis. The hash tag stays the tenant's.</summary>
    public string KeyPrefix { get; set; } = "";

    /// <summary>How long an append may take with all its tries before it counts as unconfirmed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan AppendTimeout { get; set; } = TimeSpan.FromMilliseconds(900);

    /// <summary>Tries of one append, the first included.</summary>
    [Range(1, 20)]
    public int AppendTries { get; set; } = 5;
}
