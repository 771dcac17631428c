namespace OrleansGateway;

/// <summary>A request failed before any upstream was called: it costs nothing, and may be sent again. Why is the inner exception.</summary>
[GenerateSerializer, Alias("not-called")]
public sealed class NotCalledException : Exception
{
    /// <summary>For the serializer.</summary>
    public NotCalledException() { }

    /// <summary>For the serializer.</summary>
    public NotCalledException(string message) : base(message) { }

    /// <summary>For the serializer.</summary>
    public NotCalledException(string message, Exception? innerException) : base(message, innerException) { }

    /// <summary>Says why.</summary>
    public NotCalledException(Exception reason) : base("No upstream was called.", reason) { }
}
