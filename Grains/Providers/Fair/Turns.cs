using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>Takes a call's turn on the lane to its target, before anything of an attempt has begun.</summary>
internal sealed class Turns(TimeProvider time)
{
    /// <summary>Waits for the turn; gives why there is none, or null. Ask only while the lane is limited.</summary>
    public async ValueTask<Failed?> TakeAsync(UpstreamCall call)
    {
        var tokens = TokensOf(call);
        var entered = await call.Lane.EnterAsync(call.Plan.TenantId, Math.Max(1, call.Plan.Weight), tokens, call.EndsAt - time.GetUtcNow());
        if (!entered.MayGo) return new Failed(UpstreamFailureKind.RateLimited, OutcomeWords.NoTurn) { RetryAfter = entered.RetryAfter };
        call.Turn = new Turn(call.Lane, tokens);
        return null;
    }

    // As the tenant's own limit counts it: text at a quarter of its bytes, and the output that the caller asked for.
    private static long TokensOf(UpstreamCall call) =>
        ((call.Request.Body.Length + 3) / 4) + (call.Plan.CapOutput ? 0 : call.Plan.OutputTokens * (long)call.Plan.Choices);
}

/// <summary>A turn that a call has on a lane: it counts each time that the call is sent.</summary>
internal sealed class Turn(FairLane lane, long tokens)
{
    private int _sent;

    /// <summary>An attempt goes out.</summary>
    public void OnSent()
    {
        if (_sent++ > 0) lane.SentAgain(tokens);
    }

    /// <summary>The last attempt has ended.</summary>
    public void End(AttemptOutcome? outcome)
    {
        var taken = outcome switch
        {
            Answered { Answer: ProviderAnswer.Completed completed } => completed.Usage.Total,
            Answered { Answer: ProviderAnswer.Streamed streamed } => streamed.Usage.Total,
            Failed { Usage: { } metered } => metered.Usage.Total,
            _ => 0,
        };
        lane.Leave(tokens * Math.Max(1, _sent), taken, _sent > 0);
    }
}
