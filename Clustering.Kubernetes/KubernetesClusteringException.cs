namespace OrleansGateway;

/// <summary>The membership table cannot be read or written: it is missing, malformed, or not this cluster's. The message says what to do.</summary>
public sealed class KubernetesClusteringException : OrleansException
{
    /// <summary>For serializers.</summary>
    public KubernetesClusteringException()
    {
    }

    /// <summary>What is wrong.</summary>
    public KubernetesClusteringException(string message)
        : base(message)
    {
    }

    /// <summary>What is wrong, and why.</summary>
    public KubernetesClusteringException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
