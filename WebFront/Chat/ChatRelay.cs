namespace OrleansGateway;

/// <summary>The life of one chat request: reserve, relay; the pool posts.</summary>
internal sealed class ChatRelay(ProviderPool pool, ReservationStep admission, TimeProvider time)
{
    public async Task RelayAsync(Exchange exchange, RequestHead head, ChatForm form)
    {
        exchange.Model = head.Model;
        exchange.Stream = head.Upstream.Stream;
        if (await admission.AdmitAsync(exchange, head.ToReservation(exchange)) is not { } admitted) return;

        exchange.Dispatched = true;
        if (exchange.Stream) await StreamAsync(exchange, admitted, head.Upstream, form);
        else await CompleteAsync(exchange, admitted, head.Upstream, form);
    }

    private async Task CompleteAsync(Exchange exchange, Admitted admitted, UpstreamRequest request, ChatForm form)
    {
        var answer = await admitted.CompleteAsync(pool, request);
        if (answer is not ProviderAnswer.Completed completed)
        {
            await UpstreamAnswer.RefuseAsync(exchange, answer, time);
            return;
        }

        exchange.Settle(completed.By, completed.Receipt, completed.Outcome);
        AnswerHeaders.Write(exchange, withCost: true);
        var body = form == ChatForm.Full ? completed.Body : ShortAnswer.Of(completed, completed.Took ?? time.GetElapsedTime(exchange.StartedAt));
        FailPoints.Hit(FailPoint.BeforeAnswer);
        await JsonAnswer.WriteAsync(exchange.Response, body);
        FailPoints.Hit(FailPoint.AfterAnswer);
    }

    private async Task StreamAsync(Exchange exchange, Admitted admitted, UpstreamRequest request, ChatForm form)
    {
        var sink = form == ChatForm.Full ? new ChunkSink(exchange, time) : new ShortChunkSink(exchange, time);
        ProviderAnswer answer;
        try
        {
            answer = await admitted.StreamAsync(pool, request, sink);
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
