namespace OrleansGateway;

/// <summary>Reads what became of a request, and tells the caller when that is no answer of an upstream.</summary>
internal sealed class PoolAnswers(CallerCache cache, TimeProvider time)
{
    /// <summary>How the upstream call ended; null when there was none, and the caller has been told why or has gone.</summary>
    public async ValueTask<ProviderAnswer?> TakeAsync(Exchange exchange, PoolCall call, PoolAnswer answer)
    {
        switch (answer)
        {
            case PoolAnswer.Answered { Answer: ProviderAnswer.Failed { Kind: UpstreamFailureKind.BudgetSpent } failed } denied:
                exchange.Limits = denied.Limits;
                exchange.ReplayOf = denied.ReplayOf;
                exchange.Settle(failed.By, failed.Receipt, failed.Outcome);
                await exchange.RefuseAsync(await DenialOfAsync(exchange, call, failed), time);
                return null;
            case PoolAnswer.Answered answered:
                exchange.Limits = answered.Limits;
                exchange.ReplayOf = answered.ReplayOf;
                return answered.Answer;
            case PoolAnswer.Denied { Outcome: var outcome }:
                if (outcome is ReservationOutcome.KeyRefused) cache.Forget(exchange.Caller.KeyId);
                exchange.Limits = LimitsOf(outcome);
                await exchange.RefuseAsync(Denials.Of(outcome, call.Request.Api), time);
                return null;
            case PoolAnswer.NotKept replay:
                exchange.Limits = replay.Limits;
                await exchange.RefuseAsync(Denials.AnswerNotKept(replay.RequestId), time);
                return null;
            case PoolAnswer.CallerGone gone:
                exchange.Limits = gone.Limits;
                exchange.Outcome = Exchange.ClientGone;
                return null;
            default:
                throw new InvalidOperationException($"The pool answered with {answer.GetType().Name}, which nobody knows.");
        }
    }

    /// <summary>The refusal of another hold, by the tightest of the budgets as they stand by now; without numbers when the tenant does not answer.</summary>
    private async ValueTask<GatewayError> DenialOfAsync(Exchange exchange, PoolCall call, ProviderAnswer.Failed failed)
    {
        try
        {
            var asked = (Tenant: exchange.Caller.Tenant, exchange.Caller.KeyId, call.Reservation.User);
            var report = await GrainCall.RepeatAsync(asked, static asked => asked.Tenant.Quota(asked.KeyId, asked.User), time);
            // What is absorbed is the hold that is in suspense: the next one would have been as large.
            if (report.Budgets.Where(budget => budget.Mode == BudgetMode.Hard).MinBy(budget => budget.RemainingUsd) is { } tightest)
                return Denials.OfNextHold(tightest, failed.Receipt.Absorbed, call.Request.Api);
        }
        catch (Exception e) when (GrainFaults.IsStore(e) || GrainFaults.IsTransient(e))
        {
            // GET /v1/quota tells it later.
        }

        return UpstreamFailures.Of(failed);
    }

    private static RateLimitSnapshot LimitsOf(ReservationOutcome outcome) => outcome switch
    {
        ReservationOutcome.RateLimited limited => limited.Limits,
        ReservationOutcome.BudgetSpent spent => spent.Limits,
        _ => default,
    };
}
