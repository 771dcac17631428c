namespace OrleansGateway;

/// <summary>The store did not confirm a write, or holds less than was written: nothing may be admitted. Whether the write landed is unknown.</summary>
[GenerateSerializer, Alias("store-unavailable")]
public sealed class StoreUnavailableException : Exception
{
    /// <summary>For the serializer.</summary>
    public StoreUnavailableException() { }

    /// <summary>Says what the store did.</summary>
    public StoreUnavailableException(string message) : base(message) { }

    /// <summary>Says what the store did, and keeps why: as text, since it crosses to processes that do not know the store's client.</summary>
    public StoreUnavailableException(string message, Exception? innerException) : base(message, innerException is null ? null : new IOException(innerException.ToString())) { }

    /// <summary>Whether the store answers and has lost something: time alone does not mend that.</summary>
    [Id(0)]
    public bool IsLoss { get; init; }
}
