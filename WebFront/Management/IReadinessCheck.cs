namespace OrleansGateway;

/// <summary>Something without which this process should get no requests: the cluster, the store.</summary>
internal interface IReadinessCheck
{
    /// <summary>Why not, when it takes too long to say.</summary>
    string NoAnswer { get; }

    /// <summary>Why not, in words that anyone may read; null when ready.</summary>
    ValueTask<string?> WhyNotAsync(CancellationToken cancellationToken);
}
