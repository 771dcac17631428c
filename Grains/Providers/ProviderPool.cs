namespace OrleansGateway;

/// <summary>
/// Serves a request from its reservation to its posting. A web front in this process calls it as an object is called, so that neither a request nor an event of a
/// stream is a message; others come through <see cref="ProviderGrain"/>.
/// </summary>
internal sealed class ProviderPool(ReservationStep reservation, HoldReleases releases, IRelay relay, CallsUnderWay underWay) : IProviderPool
{
    public async Task<PoolAnswer> ServeAsync(PoolCall asked, IChunkSink? sink, CancellationToken gone)
    {
        using var lasts = underWay.Begin();
        return await reservation.ReserveAsync(asked.TenantId, asked.Reservation) switch
        {
            ReservationOutcome.Granted granted => await CallAsync(granted, asked.Request, sink, gone),
            ReservationOutcome.Replay replay => await ReplayAsync(asked, replay, sink),
            var denied => new PoolAnswer.Denied(denied),
        };
    }

    private async Task<PoolAnswer> CallAsync(ReservationOutcome.Granted granted, UpstreamRequest request, IChunkSink? sink, CancellationToken gone)
    {
        var plan = granted.Plan;
        if (gone.IsCancellationRequested)
        {
            // No upstream was called, so nothing was billed: the hold goes back at once.
            await releases.ReleaseAsync(plan.TenantId, plan.Hold, OutcomeWords.ClientGone);
            return new PoolAnswer.CallerGone(granted.Limits);
        }

        var answer = sink is null ? await relay.CompleteAsync(plan, request, gone) : await relay.StreamAsync(plan, request, sink, granted.Limits, gone);
        return new PoolAnswer.Answered(answer, granted.Limits);
    }

    private async Task<PoolAnswer> ReplayAsync(PoolCall asked, ReservationOutcome.Replay replay, IChunkSink? sink)
    {
        ReplayedAnswer? before;
        try
        {
            before = await relay.ReplayAsync(asked.TenantId, replay.Hold, asked.Reservation.Idempotency!.Key, replay.Receipt);
        }
        catch (Exception e)
        {
            throw new NotCalledException(e);
        }

        var original = replay.Hold.RequestId;
        if (before is null) return new PoolAnswer.NotKept(original, replay.Limits);
        if (sink is not null && !before.Events.IsEmpty)
        {
            var pusher = new ChunkPusher(sink, new StreamHead(before.By, replay.Limits, original), static () => { });
            pusher.Offer(before.Events.Span);
            await pusher.DrainAsync();
        }
        return new PoolAnswer.Answered(before.Answer, replay.Limits, original);
    }
}
