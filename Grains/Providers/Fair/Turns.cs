using Polly.CircuitBreaker;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>Takes an attempt's turn on its lane, before anything of it has begun.</summary>
internal sealed class Turns(KeyLanes lanes, UpstreamHealth health, QueueInstruments instruments, PoolTime time)
{
    /// <summary>Waits for the turn; gives it, or why there is none. Ask only while the lane is limited.</summary>
    public async ValueTask<(Turn Turn, Failed? None)> TakeAsync(AimedCall aimed, KeyLane lane)
    {
        var (call, tokens, turn) = (aimed.Call, TokensOf(aimed.Call), default(Turn));
        // An attempt that is to show whether the upstream is well again must not end without having asked it.
        if (aimed.Health.Circuit.CircuitState != CircuitState.Closed)
        {
            lane.Fair.EnterUnasked(tokens);
            return (new Turn(lane.Fair, tokens), null);
        }

        try
        {
            var weight = Math.Max(1, call.Plan.Weight);
            if (lane.Fair.TryEnter(call.Plan.TenantId, weight, tokens))
            {
                turn = new Turn(lane.Fair, tokens);
                instruments.OnWaited(lane, served: true, gone: false, TimeSpan.Zero);
                return (turn, null);
            }

            var gone = call.Gone;
            var since = time.GetTimestamp();
            var entered = await lane.Fair.EnterAsync(call.Plan.TenantId, weight, tokens, call.EndsAt - time.GetUtcNow(), gone);
            if (entered.MayGo) turn = new Turn(lane.Fair, tokens);
            instruments.OnWaited(lane, entered.MayGo, gone.IsCancellationRequested, time.GetElapsedTime(since));

            // It may have said meanwhile that it wants to be left alone.
            var rest = health.RestOf(lane.Provider, lane.Model) ?? lanes.RestOf(aimed.Target, lane.Key);
            if (entered.MayGo && rest is null && !gone.IsCancellationRequested) return (turn, null);
            var none = gone.IsCancellationRequested
                ? new Failed(UpstreamFailureKind.RateLimited, OutcomeWords.ClientGone) { FallsBack = false }
                : new Failed(UpstreamFailureKind.RateLimited, OutcomeWords.NoTurn) { RetryAfter = entered.MayGo ? health.Left(rest!) : entered.RetryAfter };
            turn.GiveBack();
            return (default, none);
        }
        catch
        {
            turn.GiveBack();
            throw;
        }
    }

    // As the tenant's own limit counts it, with the output that the caller asked for.
    private static long TokensOf(UpstreamCall call) =>
        TokenUsage.LikelyOf(call.Request.Body.Length) + (call.Plan.CapOutput ? 0 : call.Plan.OutputTokens * (long)call.Plan.Choices);
}

/// <summary>One attempt's turn on a lane; the default one is that on a lane without limits, where nobody waits.</summary>
internal readonly record struct Turn(FairLane? Lane, long Tokens)
{
    /// <summary>The attempt has ended: what it took is known, or nothing.</summary>
    public void End(long taken) => Lane?.Leave(Tokens, taken, sent: true);

    /// <summary>Nothing was sent.</summary>
    public void GiveBack() => Lane?.Leave(Tokens, 0, sent: false);
}
