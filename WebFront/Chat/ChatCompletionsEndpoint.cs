namespace OrleansGateway;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
internal sealed class ChatCompletionsEndpoint(RequestBody bodies, IdempotencyHeader keys, ChatRelay relay, TimeProvider time)
{
    public async Task ServeAsync(Exchange exchange)
    {
        if (await bodies.ReadAsync(exchange) is not { } body || !await keys.ReadAsync(exchange, body)) return;
        if (ChatHeadReader.Read(body, out var fault) is { } head) await relay.RelayAsync(exchange, head, ChatForm.Full);
        else await exchange.RefuseAsync(fault!, time);
    }
}
