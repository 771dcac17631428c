namespace OrleansGateway;

/// <summary>What an upstream lets one key do with one model; null where it sets no limit, or nobody knows it.</summary>
public sealed class LaneLimits
{
    /// <summary>Requests a minute.</summary>
    public long? RequestsPerMinute { get; set; }

    /// <summary>Tokens a minute, those of the prompt and of the answer together.</summary>
    public long? TokensPerMinute { get; set; }

    /// <summary>Requests at once.</summary>
    public int? ConcurrentRequests { get; set; }

    /// <summary>Whether it limits nothing.</summary>
    internal bool IsEmpty => RequestsPerMinute is null && TokensPerMinute is null && ConcurrentRequests is null;
}
