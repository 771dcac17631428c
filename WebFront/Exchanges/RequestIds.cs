namespace OrleansGateway;

/// <summary>Names requests as they come in. Never the caller's own names.</summary>
internal sealed class RequestIds(TimeProvider time)
{
    public string Next() => RequestIdFormat.New(time.GetUtcNow());
}
