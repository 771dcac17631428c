namespace OrleansGateway;

/// <summary>Reads what became of a request, and tells the caller when that is no answer of an upstream.</summary>
internal sealed class PoolAnswers(CallerCache cache, TimeProvider time)
{
    /// <summary>How the upstream call ended; null when there was none, and the caller has been told why or has gone.</summary>
    public async ValueTask<ProviderAnswer?> TakeAsync(Exchange exchange, PoolCall call, PoolAnswer answer)
    {
        switch (answer)
        {
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

    private static RateLimitSnapshot LimitsOf(ReservationOutcome outcome) => outcome switch
    {
        ReservationOutcome.RateLimited limited => limited.Limits,
        ReservationOutcome.BudgetSpent spent => spent.Limits,
        _ => default,
    };
}
