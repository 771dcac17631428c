namespace OrleansGateway;

/// <summary>
/// Another activation of this tenant has written since this one read the book. Nothing was written by this one; it ends, and the same call
/// with the same hold id reaches its successor.
/// </summary>
[GenerateSerializer, Alias("stale-activation")]
public sealed class StaleActivationException : Exception
{
    /// <summary>For the serializer.</summary>
    public StaleActivationException() { }

    /// <summary>Says which tenant.</summary>
    public StaleActivationException(string message) : base(message) { }

    /// <summary>Says which tenant, and keeps why.</summary>
    public StaleActivationException(string message, Exception? innerException) : base(message, innerException) { }
}
