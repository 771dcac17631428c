using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Polly;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>
/// A second call beside one that is slow, where the provider is set to have one: the first whole answer is the caller's; the other call is read to its end and
/// booked as what it was, on a hold of its own, so that nothing is unknown. One a request, only beside its first attempt, and from the budget of retries.
/// </summary>
internal sealed partial class Hedging(
    ProviderDirectory directory, UpstreamHealth health, Circuits circuits, Settlement settlement, CallsUnderWay underWay, TimeProvider time, ILogger<Hedging> logger)
{
    /// <summary>
    /// How long to wait for a call before another is made; null when none is. A stream's first event is not an answer, and of calls with one idempotency key
    /// one alone may cost the tenant something.
    /// </summary>
    public static TimeSpan? After(AimedCall aimed) => aimed.Call is { Sink: null, Plan.Keep: null, Attempts: 0 } ? aimed.Client.Options.HedgeAfter : null;

    /// <summary>Makes the call, and another if it is slow.</summary>
    /// <param name="aimed">The call.</param>
    /// <param name="attempt">What makes an attempt.</param>
    /// <param name="after">How long it may take.</param>
    /// <returns>The call that the request goes on with, and its outcome; the hold of the other is ended, or will be.</returns>
    public async Task<(AimedCall Aimed, AttemptOutcome Outcome)> RunAsync(
        AimedCall aimed, Func<ResilienceContext, AimedCall, ValueTask<Outcome<AttemptOutcome>>> attempt, TimeSpan after)
    {
        // What is looked at beside the attempt is taken from it before it begins; its plan is looked at again once it cannot be renewed any more.
        var (call, planned, tried) = (aimed.Call, aimed.Call.Plan.Targets, aimed.Target);
        var first = circuits.RunAsync(aimed, attempt).AsTask();
        // One that waits for its turn would only wait twice.
        if (!await IsSlowAsync(first, after) || call.Attempts == 0 || Choose(planned, tried) is not var (target, client) || !call.TryHedge())
            return (aimed, await first);
        var besideHealth = health.Of(target.Provider, target.Model);
        if (!besideHealth.Retries.TryTake()) return await StayAloneAsync(aimed, first);

        ProviderPlan? plan;
        try
        {
            plan = await settlement.HedgeAsync(call.Plan);
        }
        catch (Exception e)
        {
            // The hold may be there unheard.
            LogHedgeFailed(call.Plan.Hold, e.Message);
            return await GiveBackAsync(aimed, first);
        }
        if (plan is null) return await StayAloneAsync(aimed, first);
        // It may have answered while the hold was made.
        if (plan.Find(target) is not { } covered || first is { IsCompletedSuccessfully: true, Result: Answered }) return await GiveBackAsync(aimed, first);

        var beside = call.Hedge(plan, covered, client, besideHealth);
        return await RaceAsync(aimed, first, beside, circuits.RunAsync(beside, attempt).AsTask());
    }

    private async Task<bool> IsSlowAsync(Task call, TimeSpan after)
    {
        await call.WaitAsync(after, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !call.IsCompleted;
    }

    /// <summary>The next target that does not rest, or else the same once more.</summary>
    private (PlanTarget, UpstreamClient)? Choose(ImmutableArray<PlanTarget> planned, PlanTarget tried)
    {
        var place = planned.IndexOf(tried);
        for (var i = place + 1; i <= planned.Length; i++)
        {
            var target = planned[i < planned.Length ? i : place];
            if (health.RestOf(target.Provider, target.Model) is null && directory.Find(target.Provider) is { } client) return (target, client);
        }
        return null;
    }

    /// <summary>No second hold was made: the call goes on as any other.</summary>
    private static async Task<(AimedCall, AttemptOutcome)> StayAloneAsync(AimedCall aimed, Task<AttemptOutcome> first)
    {
        aimed.Call.StayAlone();
        return (aimed, await first);
    }

    /// <summary>Gives a second hold back unused; there can be no other, so the call is the last.</summary>
    private async Task<(AimedCall, AttemptOutcome)> GiveBackAsync(AimedCall aimed, Task<AttemptOutcome> first)
    {
        _ = underWay.CountAsync(settlement.PostAsync(aimed.Call.Plan, Postings.VoidNext(aimed.Call)));
        var outcome = await first;
        return (aimed, outcome is Failed failed ? failed.Final() : outcome);
    }

    private async Task<(AimedCall, AttemptOutcome)> RaceAsync(AimedCall first, Task<AttemptOutcome> firstEnds, AimedCall second, Task<AttemptOutcome> secondEnds)
    {
        await Task.WhenAny(firstEnds, secondEnds);
        // Of two that failed the second goes on: its hold is the last of the request.
        var firstAnswers = firstEnds.IsCompleted ? await firstEnds is Answered : await secondEnds is not Answered && await firstEnds is Answered;
        _ = firstAnswers ? EndAsync(second.Call, secondEnds) : EndAsync(first.Call, firstEnds);
        return firstAnswers ? (first, await firstEnds) : (second, await secondEnds);
    }

    /// <summary>Ends the hold of a call whose answer is not needed any more, when it has ended. Nobody is told.</summary>
    private async Task EndAsync(UpstreamCall call, Task<AttemptOutcome> ends)
    {
        using var lasts = underWay.Begin();
        if (await ends is Failed { Receipt: null } failed) await settlement.PostAsync(call.Plan, Postings.OfFailure(call, failed));
    }

    [LoggerMessage(EventName = "hedge_failed", Level = LogLevel.Warning, Message = "No second call was made beside that of {Hold}: {Reason}")]
    private partial void LogHedgeFailed(HoldId hold, string reason);
}
