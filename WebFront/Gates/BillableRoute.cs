namespace OrleansGateway;

/// <summary>Reads the head of a request's body; null with the fault when the request is wrong.</summary>
internal delegate RequestHead? ReadHead(HttpRequest request, ReadOnlyMemory<byte> body, out GatewayError? fault);

/// <summary>A route that costs money, and all that is its own: whatever else happens to a request happens in <see cref="Gate"/>.</summary>
/// <param name="Pattern">The path.</param>
/// <param name="ReadHead">Reads what the gateway must know of a request; what is asked of upstreams is in there.</param>
internal sealed record BillableRoute(string Pattern, ReadHead ReadHead)
{
    /// <summary>How its callers are told no.</summary>
    public ErrorShape Errors { get; init; } = ErrorShape.OpenAI;
}
