namespace OrleansGateway;

/// <summary>Asks the tenant to admit a request. A hold that it may have got without anyone hearing of it is given back.</summary>
internal sealed class ReservationStep(IHolds holds, HoldReleases releases, TimeProvider time)
{
    /// <summary>
    /// What the tenant says. Reserving is idempotent by hold id: a repeated call after a lost answer gets the same hold. Throws <see cref="NotCalledException"/> when
    /// the tenant does not say.
    /// </summary>
    public async Task<ReservationOutcome> ReserveAsync(string tenantId, ReservationRequest request)
    {
        FailPoints.Hit(FailPoint.BeforeReserve);
        var asking = new Asking(holds, tenantId, request);
        ReservationOutcome outcome;
        try
        {
            outcome = await GrainCall.RepeatAsync(asking, static asking => asking.ReserveAsync(), time);
        }
        catch (Exception e)
        {
            // The hold may have been booked although nobody heard of it: the caller is refused, and a refused request costs nothing.
            releases.ReleaseLater(tenantId, request.Hold, OutcomeWords.NotAdmitted);
            throw new NotCalledException(e);
        }

        if (outcome is ReservationOutcome.Granted) FailPoints.Hit(FailPoint.AfterReserve);
        // What an earlier call of this request got, or may yet get, goes back: a refused request costs nothing.
        else if (outcome is ReservationOutcome.HoldClosed || (asking.Calls > 1 && outcome is not ReservationOutcome.Replay))
            releases.ReleaseLater(tenantId, request.Hold, OutcomeWords.NotAdmitted);
        return outcome;
    }

    /// <summary>A request's calls for its hold, counted: after the first nobody knows what that one got.</summary>
    private sealed class Asking(IHolds holds, string tenantId, ReservationRequest request)
    {
        public int Calls { get; private set; }

        public Task<ReservationOutcome> ReserveAsync()
        {
            Calls++;
            return holds.ReserveAsync(tenantId, request);
        }
    }
}
