namespace OrleansGateway;

/// <summary><c>POST /v1/chat</c>, the short form: made into a chat completion on the way in, and out of one on the way back.</summary>
internal sealed class ChatShortEndpoint(RequestBody bodies, IdempotencyHeader keys, ChatRelay relay, TimeProvider time)
{
    public async Task ServeAsync(Exchange exchange)
    {
        if (await bodies.ReadAsync(exchange) is not { } body || !await keys.ReadAsync(exchange, body)) return;
        var full = ShortRequest.ToChatCompletion(body.Span, out var fault);
        var head = full is null ? null : ChatHeadReader.Read(full, out fault);
        if (head is not null) await relay.RelayAsync(exchange, head, ChatForm.Short);
        else await exchange.RefuseAsync(fault!, time);
    }
}
