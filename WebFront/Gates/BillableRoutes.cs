namespace OrleansGateway;

/// <summary>Every route that costs money.</summary>
internal static class BillableRoutes
{
    public static IReadOnlyList<BillableRoute> All { get; } =
    [
        new("/v1/chat/completions", static (HttpRequest _, ReadOnlyMemory<byte> body, out GatewayError? fault) => ChatHeadReader.Read(body, out fault)),
        new("/v1/chat", static (HttpRequest _, ReadOnlyMemory<byte> body, out GatewayError? fault) => ShortRequest.Read(body, out fault)),
        new("/v1/embeddings", static (HttpRequest _, ReadOnlyMemory<byte> body, out GatewayError? fault) => EmbeddingsHeadReader.Read(body, out fault)),
        new("/v1/responses", static (HttpRequest _, ReadOnlyMemory<byte> body, out GatewayError? fault) => ResponsesHeadReader.Read(body, out fault))
        { Errors = ErrorShape.Responses },
        new("/v1/messages", MessagesHeadReader.Read) { Errors = ErrorShape.Anthropic },
    ];
}
