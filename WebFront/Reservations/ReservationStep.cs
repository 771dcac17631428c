namespace OrleansGateway;

/// <summary>Asks the tenant to admit a request, and tells the caller when it does not.</summary>
internal sealed class ReservationStep(CallerCache cache, IProviderPool pool, HoldReleases releases, TimeProvider time)
{
    /// <summary>An admitted request's way on; null when the caller has been refused or has gone.</summary>
    public async Task<Admitted?> AdmitAsync(Exchange exchange, ReservationRequest request)
    {
        var tenant = exchange.Caller.Tenant;

        // Reserving is idempotent by hold id: a repeated call after a lost answer gets the same hold.
        FailPoints.Hit(FailPoint.BeforeReserve);
        var asking = new Asking(tenant, request);
        ReservationOutcome outcome;
        try
        {
            outcome = await GrainCall.RepeatAsync(asking, static asking => asking.ReserveAsync(), time);
        }
        catch (Exception)
        {
            // The hold may have been booked although nobody heard of it: the caller is refused, and a refused request costs nothing.
            releases.ReleaseLater(tenant, request.Hold, "not_admitted");
            throw;
        }

        if (outcome is ReservationOutcome.Replay replay) return await ReplayAsync(exchange, replay);
        if (outcome is not ReservationOutcome.Granted granted)
        {
            // What an earlier call of this request got, or may yet get, goes back: a refused request costs nothing.
            if (asking.Calls > 1 || outcome is ReservationOutcome.HoldClosed) releases.ReleaseLater(tenant, request.Hold, "not_admitted");
            if (outcome is ReservationOutcome.KeyRefused) cache.Forget(exchange.Caller.KeyId);
            exchange.Limits = LimitsOf(outcome);
            await exchange.RefuseAsync(Denials.Of(outcome, request.Api), time);
            return null;
        }

        FailPoints.Hit(FailPoint.AfterReserve);
        exchange.Limits = granted.Limits;
        if (!exchange.CallerGone) return new Admitted(granted.Plan);

        // No upstream was called, so nothing was billed: the hold goes back at once.
        await releases.ReleaseAsync(tenant, granted.Plan.Hold, Exchange.ClientGone);
        exchange.Outcome = Exchange.ClientGone;
        return null;
    }

    private async Task<Admitted?> ReplayAsync(Exchange exchange, ReservationOutcome.Replay replay)
    {
        exchange.Limits = replay.Limits;
        if (await pool.ReplayAsync(exchange.Caller.TenantId, replay.Hold, replay.Receipt) is not { } before)
        {
            await exchange.RefuseAsync(Denials.AnswerNotKept(replay.Hold.RequestId), time);
            return null;
        }

        exchange.ReplayOf = replay.Hold.RequestId;
        return new Admitted(null, before);
    }

    private static RateLimitSnapshot LimitsOf(ReservationOutcome outcome) => outcome switch
    {
        ReservationOutcome.RateLimited limited => limited.Limits,
        ReservationOutcome.BudgetSpent spent => spent.Limits,
        _ => default,
    };

    /// <summary>A request's calls for its hold, counted: after the first nobody knows what that one got.</summary>
    private sealed class Asking(ITenantGrain tenant, ReservationRequest request)
    {
        public int Calls { get; private set; }

        public Task<ReservationOutcome> ReserveAsync()
        {
            Calls++;
            return tenant.Reserve(request);
        }
    }
}
