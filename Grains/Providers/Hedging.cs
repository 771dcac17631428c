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
    public static TimeSpan? After(UpstreamCall call) => call is { Sink: null, Plan.Keep: null, Attempts: 0 } ? call.Client.Options.HedgeAfter : null;

    /// <summary>Makes the call, and another if it is slow.</summary>
    /// <param name="call">The call, aimed at its target.</param>
    /// <param name="attempt">What makes an attempt.</param>
    /// <param name="after">How long it may take.</param>
    /// <returns>The call that the request goes on with, and its outcome; the hold of the other is ended, or will be.</returns>
    public async Task<(UpstreamCall Call, AttemptOutcome Outcome)> RunAsync(
        UpstreamCall call, Func<ResilienceContext, UpstreamCall, ValueTask<Outcome<AttemptOutcome>>> attempt, TimeSpan after)
    {
        var first = circuits.RunAsync(call, attempt).AsTask();
        // One that waits for its turn would only wait twice.
        if (!await IsSlowAsync(first, after) || call.Attempts == 0 || Choose(call) is not var (target, client) || !call.TryHedge()) return (call, await first);
        var besideHealth = health.Of(target.Provider, target.Model);
        if (!besideHealth.Retries.TryTake()) return await StayAloneAsync(call, first);

        ProviderPlan? plan;
        try
        {
            plan = await settlement.HedgeAsync(call.Plan);
        }
        catch (Exception e)
        {
            // The hold may be there unheard.
            LogHedgeFailed(call.Plan.Hold, e.Message);
            return await GiveBackAsync(call, first);
        }
        if (plan is null) return await StayAloneAsync(call, first);
        if (plan.Targets.FirstOrDefault(held => held.Provider == target.Provider && held.Model == target.Model) is not { } covered) return await GiveBackAsync(call, first);

        var beside = call.Hedge(plan, covered, client, besideHealth, hasAnother: plan.Targets[^1] != covered);
        return await RaceAsync(call, first, beside, circuits.RunAsync(beside, attempt).AsTask());
    }

    private async Task<bool> IsSlowAsync(Task call, TimeSpan after)
    {
        await call.WaitAsync(after, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !call.IsCompleted;
    }

    /// <summary>The next target that does not rest, or else the same once more.</summary>
    private (PlanTarget, UpstreamClient)? Choose(UpstreamCall call)
    {
        var planned = call.Plan.Targets;
        var place = planned.IndexOf(call.Target);
        for (var i = place + 1; i <= planned.Length; i++)
        {
            var target = planned[i < planned.Length ? i : place];
            if (health.RestOf(target.Provider, target.Model) is null && directory.Find(target.Provider) is { } client) return (target, client);
        }
        return null;
    }

    /// <summary>No second hold was made: the call goes on as any other.</summary>
    private static async Task<(UpstreamCall, AttemptOutcome)> StayAloneAsync(UpstreamCall call, Task<AttemptOutcome> first)
    {
        call.StayAlone();
        return (call, await first);
    }

    /// <summary>Gives a second hold back unused; there can be no other, so the call is the last.</summary>
    private async Task<(UpstreamCall, AttemptOutcome)> GiveBackAsync(UpstreamCall call, Task<AttemptOutcome> first)
    {
        _ = settlement.PostAsync(call.Plan, Postings.VoidNext(call));
        var outcome = await first;
        return (call, outcome is Failed failed ? failed.Final() : outcome);
    }

    private async Task<(UpstreamCall, AttemptOutcome)> RaceAsync(UpstreamCall first, Task<AttemptOutcome> firstEnds, UpstreamCall second, Task<AttemptOutcome> secondEnds)
    {
        await Task.WhenAny(firstEnds, secondEnds);
        // Of two that failed the second goes on: its hold is the last of the request.
        var firstAnswers = firstEnds.IsCompleted ? await firstEnds is Answered : await secondEnds is not Answered && await firstEnds is Answered;
        _ = firstAnswers ? EndAsync(second, secondEnds) : EndAsync(first, firstEnds);
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
