namespace OrleansGateway;

/// <summary><c>POST /v1/embeddings</c>; gives base64 to who asks for it even when the upstream does not.</summary>
internal sealed class EmbeddingsEndpoint(RequestBody bodies, IdempotencyHeader keys, ReservationStep admission, ProviderPool pool, TimeProvider time)
{
    public async Task ServeAsync(Exchange exchange)
    {
        if (await bodies.ReadAsync(exchange) is not { } body || !await keys.ReadAsync(exchange, body)) return;
        if (EmbeddingsHeadReader.Read(body, out var base64, out var fault) is not { } head)
        {
            await exchange.RefuseAsync(fault!, time);
            return;
        }

        exchange.Model = head.Model;
        if (await admission.AdmitAsync(exchange, head.ToReservation(exchange)) is not { } admitted) return;

        exchange.Dispatched = true;
        var answer = await admitted.CompleteAsync(pool, head.Upstream);
        if (answer is not ProviderAnswer.Completed completed)
        {
            await UpstreamAnswer.RefuseAsync(exchange, answer, time);
            return;
        }

        exchange.Settle(completed.By, completed.Receipt, completed.Outcome);
        AnswerHeaders.Write(exchange, withCost: true);
        FailPoints.Hit(FailPoint.BeforeAnswer);
        await JsonAnswer.WriteAsync(exchange.Response, base64 ? Base64Embeddings.Rewrite(completed.Body) : completed.Body);
        FailPoints.Hit(FailPoint.AfterAnswer);
    }
}
