namespace OrleansGateway;

/// <summary>
/// The one way to an upstream: read, reserve, relay; the pool posts. Nobody but this calls the pool, and it does so only with what
/// <see cref="ReservationStep"/> admitted.
/// </summary>
internal sealed class Gate(RequestBody bodies, IdempotencyHeader keys, ReservationStep admission, IProviderPool pool, TimeProvider time)
{
    public async Task ServeAsync(Exchange exchange, BillableRoute route)
    {
        if (await bodies.ReadAsync(exchange) is not { } body || !await keys.ReadAsync(exchange, body)) return;
        if (route.ReadHead(exchange.Http.Request, body, out var fault) is not { } head)
        {
            await exchange.RefuseAsync(fault!, time);
            return;
        }

        if (!TaskHint.TryRead(exchange.Http.Request, out var task))
        {
            await exchange.RefuseAsync(GatewayError.InvalidValue(TaskHint.Name, $"{TaskHint.Name} must be one word of a–z, 0–9, - and _, of at most 64 characters. Leave it out if it is for nothing in particular."), time);
            return;
        }

        exchange.Model = head.Model;
        exchange.Stream = head.Upstream.Stream;
        if (await admission.AdmitAsync(exchange, head.ToReservation(exchange) with { Task = task }) is not { } admitted) return;

        exchange.Dispatched = true;
        if (exchange.Stream) await StreamAsync(exchange, admitted, head);
        else await CompleteAsync(exchange, admitted, head);
    }

    private async Task CompleteAsync(Exchange exchange, Admitted admitted, RequestHead head)
    {
        var answer = await admitted.CompleteAsync(pool, head.Upstream, exchange.Http.RequestAborted);
        if (answer is not ProviderAnswer.Completed completed)
        {
            await UpstreamAnswer.RefuseAsync(exchange, answer, time);
            return;
        }

        exchange.Settle(completed.By, completed.Receipt, completed.Outcome);
        AnswerHeaders.Write(exchange, withCost: true);
        var body = head.Form switch
        {
            AnswerForm.Short => ShortAnswer.Of(completed, completed.Took ?? time.GetElapsedTime(exchange.StartedAt)),
            AnswerForm.Base64 => Base64Embeddings.Rewrite(completed.Body),
            _ => completed.Body,
        };
        FailPoints.Hit(FailPoint.BeforeAnswer);
        await JsonAnswer.WriteAsync(exchange.Response, body);
        FailPoints.Hit(FailPoint.AfterAnswer);
    }

    private async Task StreamAsync(Exchange exchange, Admitted admitted, RequestHead head)
    {
        var sink = head.Form == AnswerForm.Short ? new ShortChunkSink(exchange, time)
            : exchange.Errors == ErrorShape.Responses ? new NumberedChunkSink(exchange, time)
            : new ChunkSink(exchange, time);
        ProviderAnswer answer;
        try
        {
            answer = await admitted.StreamAsync(pool, head.Upstream, sink, exchange.Http.RequestAborted);
        }
        finally
        {
            sink.Close();
        }

        if (answer is not ProviderAnswer.Streamed streamed)
        {
            await UpstreamAnswer.RefuseAsync(exchange, answer, time);
            return;
        }

        exchange.Settle(streamed.By, streamed.Receipt, streamed.Outcome);
        FailPoints.Hit(FailPoint.BeforeAnswer);
        await sink.EndAsync(streamed);
        FailPoints.Hit(FailPoint.AfterAnswer);
    }
}
