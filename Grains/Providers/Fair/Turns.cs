using Polly.CircuitBreaker;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>Takes an attempt's turn on its lane, before anything of it has begun.</summary>
internal sealed class Turns(KeyLanes lanes, UpstreamHealth health, QueueInstruments instruments, TimeProvider time)
{
    /// <summary>Waits for the turn; gives it, or why there is none. Ask only while the lane is limited.</summary>
    public async ValueTask<(Turn? Turn, Failed? None)> TakeAsync(UpstreamCall call, KeyLane lane)
    {
        var tokens = TokensOf(call);
        // An attempt that is to show whether the upstream is well again must not end without having asked it.
        if (call.Health.Circuit.CircuitState != CircuitState.Closed)
        {
            lane.Fair.EnterUnasked(tokens);
            return (new Turn(lane.Fair, tokens), null);
        }

        var weight = Math.Max(1, call.Plan.Weight);
        if (lane.Fair.TryEnter(call.Plan.TenantId, weight, tokens))
        {
            instruments.OnWaited(lane, served: true, gone: false, TimeSpan.Zero);
            return (new Turn(lane.Fair, tokens), null);
        }

        var gone = call.Gone;
        var since = time.GetTimestamp();
        var entered = await lane.Fair.EnterAsync(call.Plan.TenantId, weight, tokens, call.EndsAt - time.GetUtcNow(), gone);
        instruments.OnWaited(lane, entered.MayGo, gone.IsCancellationRequested, time.GetElapsedTime(since));

        // It may have said meanwhile that it wants to be left alone.
        var rest = health.RestOf(lane.Provider, lane.Model) ?? lanes.RestOf(call.Target, lane.Key);
        if (entered.MayGo && rest is null && !gone.IsCancellationRequested) return (new Turn(lane.Fair, tokens), null);
        if (entered.MayGo) lane.Fair.Leave(tokens, 0, sent: false);
        return gone.IsCancellationRequested
            ? (null, new Failed(UpstreamFailureKind.RateLimited, OutcomeWords.ClientGone) { FallsBack = false })
            : (null, new Failed(UpstreamFailureKind.RateLimited, OutcomeWords.NoTurn) { RetryAfter = entered.MayGo ? health.Left(rest!) : entered.RetryAfter });
    }

    // As the tenant's own limit counts it, with the output that the caller asked for.
    private static long TokensOf(UpstreamCall call) =>
        TokenUsage.LikelyOf(call.Request.Body.Length) + (call.Plan.CapOutput ? 0 : call.Plan.OutputTokens * (long)call.Plan.Choices);
}

/// <summary>One attempt's turn on a lane.</summary>
internal sealed class Turn(FairLane lane, long tokens)
{
    /// <summary>The attempt has ended: what it took is known, or nothing.</summary>
    public void End(AttemptOutcome outcome) => lane.Leave(tokens, outcome.Taken.Total, sent: true);
}
