namespace OrleansGateway;

/// <summary>Names requests as they come in. Never the caller's own names.</summary>
internal sealed class RequestIds(TimeProvider time)
{
    /// <summary>The header that every answer has its request's name in.</summary>
    public const string Header = "x-request-id";

    public string Next() => RequestIdFormat.New(time.GetUtcNow());
}
