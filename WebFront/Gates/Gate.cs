namespace OrleansGateway;

/// <summary>
/// The one way to an upstream: read the request, hand it to the pool, which reserves, calls and posts, and answer. Nobody but this calls the pool.
/// </summary>
internal sealed class Gate(RequestBody bodies, IdempotencyHeader keys, IProviderPool pool, PoolAnswers answers, TimeProvider time)
{
    public async Task ServeAsync(Exchange exchange, BillableRoute route)
    {
        using var held = await bodies.ReadAsync(exchange);
        if (held?.Bytes is not { } body || !await keys.ReadAsync(exchange, body)) return;
        if (route.ReadHead(exchange.Http.Request, body, out var fault) is not { } head)
        {
            await exchange.RefuseAsync(fault!, time);
            return;
        }

        if (!TaskHint.TryRead(exchange.Http.Request, out var task))
        {
            await exchange.RefuseAsync(
                GatewayError.InvalidValue(
                    TaskHint.Name,
                    $"{TaskHint.Name} must be one word of a–z, 0–9, - and _, of at most 64 characters. Leave it out if it is for nothing in particular."),
                time);
            return;
        }

        exchange.Model = head.Model;
        exchange.Stream = head.Upstream.Stream;
        exchange.Dispatched = true;
        var call = new PoolCall(exchange.Caller.TenantId, head.ToReservation(exchange) with { Task = task }, head.Upstream);
        if (exchange.Stream) await StreamAsync(exchange, call, head.Form);
        else await CompleteAsync(exchange, call, head.Form);
    }

    private async Task CompleteAsync(Exchange exchange, PoolCall call, AnswerForm form)
    {
        if (await answers.TakeAsync(exchange, call, await pool.ServeAsync(call, null, exchange.Http.RequestAborted)) is not { } answer) return;
        if (answer is not ProviderAnswer.Completed completed)
        {
            await UpstreamAnswer.RefuseAsync(exchange, answer, time);
            return;
        }

        exchange.Settle(completed.By, completed.Receipt, completed.Outcome);
        AnswerHeaders.Write(exchange, withCost: true);
        var body = form switch
        {
            AnswerForm.Short => ShortAnswer.Of(completed, completed.Took ?? time.GetElapsedTime(exchange.StartedAt)),
            AnswerForm.Base64 => Base64Embeddings.Rewrite(completed.Body),
            _ => completed.Body,
        };
        FailPoints.Hit(FailPoint.BeforeAnswer);
        await JsonAnswer.WriteAsync(exchange.Response, body);
        FailPoints.Hit(FailPoint.AfterAnswer);
    }

    private async Task StreamAsync(Exchange exchange, PoolCall call, AnswerForm form)
    {
        var sink = form == AnswerForm.Short ? new ShortChunkSink(exchange, time)
            : exchange.Errors == ErrorShape.Responses ? new NumberedChunkSink(exchange, time)
            : new ChunkSink(exchange, time);
        PoolAnswer served;
        try
        {
            served = await pool.ServeAsync(call, sink, exchange.Http.RequestAborted);
        }
        finally
        {
            sink.Close();
        }

        if (await answers.TakeAsync(exchange, call, served) is not { } answer) return;
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
