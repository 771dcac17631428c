using Microsoft.Extensions.Logging;
using Polly;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>Takes a request through its plan: target after target until one answers, and whatever happens the hold is ended.</summary>
internal sealed partial class UpstreamRelay(
    ProviderDirectory directory,
    UpstreamHealth health,
    Circuits circuits,
    Hedging hedging,
    KeyLanes lanes,
    Attempts attempts,
    Settlement settlement,
    KeptAnswers answers,
    UpstreamInstruments instruments,
    PoolTime time,
    ILogger<UpstreamRelay> logger) : IRelay
{
    /// <summary>What the span of a request's way through its plan is called.</summary>
    public const string SpanName = "relay to upstreams";

    private readonly Func<ResilienceContext, AimedCall, ValueTask<Outcome<AttemptOutcome>>> _attempt = attempts.RunAsync;

    public Task<ProviderAnswer> CompleteAsync(ProviderPlan plan, UpstreamRequest request, CancellationToken gone = default) =>
        RelayAsync(new UpstreamCall(plan, request, null, time) { Gone = gone });

    public Task<ProviderAnswer> StreamAsync(
        ProviderPlan plan, UpstreamRequest request, IChunkSink sink, RateLimitSnapshot limits = default, CancellationToken gone = default) =>
        RelayAsync(new UpstreamCall(plan, request, sink, time) { Limits = limits, Gone = gone });

    public async Task<ReplayedAnswer?> ReplayAsync(string tenantId, HoldId hold, string key, PostingReceipt receipt)
    {
        FailPoints.Hit(FailPoint.BeforeReplay);
        if (await answers.FindAsync(tenantId, hold, key) is { } kept) return kept.Replay(receipt);
        LogAnswerMissing(hold, tenantId);
        return null;
    }

    private async Task<ProviderAnswer> RelayAsync(UpstreamCall call)
    {
        using var span = GatewayTrace.Source.StartActivity(SpanName);
        var plan = call.Plan;
        await AwaitRestAsync(plan);
        var targets = new TargetQueue(plan.Targets, health);
        var (aimed, last) = (default(AimedCall), default(Failed));
        while (targets.TryTake(out var target))
        {
            var (client, why) = await ReachAsync(target, targets);
            if (client is null)
            {
                call.PassOver(why!);
                last ??= why;
                continue;
            }

            aimed = call.Aim(target, client, health.Of(target.Provider, target.Model), targets.HasAnother);
            AttemptOutcome outcome;
            if (Hedging.After(aimed) is { } patience) (aimed, outcome) = await hedging.RunAsync(aimed, _attempt, patience);
            else outcome = await circuits.RunAsync(aimed, _attempt);
            if (outcome is Answered answered) return instruments.OnAnswered(plan, answered.Answer);
            if (aimed.Call != call)
            {
                // The call that was made beside this one stands in its place, on a hold of its own; its target has had its turn.
                call = aimed.Call;
                targets.Remove(aimed.Target);
            }

            last = (Failed)outcome;
            if (!last.FallsBack) break;
            call.PassOver(last);
            if (last.NeedsRoom) targets.RemoveAllUpTo(aimed.Target);
            if (last.Kind == UpstreamFailureKind.Authentication && !lanes.HasFree(aimed.Client, aimed.Target)) targets.RemoveAllOf(aimed.Target.Provider);
        }
        return await FailAsync(call, aimed?.By ?? call.By(plan.Targets[0], fallback: null), last!);
    }

    /// <summary>When all targets are left alone, and one only for a moment, that moment is waited for.</summary>
    private async ValueTask AwaitRestAsync(ProviderPlan plan)
    {
        if (health.RestOf(plan.Targets[0].Provider, plan.Targets[0].Model) is null) return;
        var all = plan.Targets.Select(target => (target.Provider, target.Model));
        if (health.AllRest(all) is { } first && health.IsAwaited(first)) await Task.Delay(health.Left(first), time);
    }

    /// <summary>The connections of a target that may be called now, or why it may not. One that rests for a moment comes again after the others, and is waited for then.</summary>
    private async ValueTask<(UpstreamClient? Client, Failed? Why)> ReachAsync(PlanTarget target, TargetQueue targets)
    {
        if (health.RestOf(target.Provider, target.Model) is { } rest)
        {
            if (!health.IsAwaited(rest) || targets.TryPostpone(target)) return (null, LeftAlone(rest));
            await Task.Delay(health.Left(rest), time);
            if (health.RestOf(target.Provider, target.Model) is not null) return (null, LeftAlone(rest));
        }
        if (directory.Find(target.Provider) is { } client) return (client, null);
        LogUnknownProvider(target.Provider, target.Model);
        return (null, new Failed(UpstreamFailureKind.Unavailable, OutcomeWords.UnknownProvider));
    }

    private Failed LeftAlone(TargetRest rest) =>
        new(rest.Kind, rest.Kind == UpstreamFailureKind.RateLimited ? OutcomeWords.RateLimited : OutcomeWords.BreakerOpen) { RetryAfter = health.Left(rest) };

    private async Task<ProviderAnswer> FailAsync(UpstreamCall call, AnsweredBy by, Failed failed)
    {
        var answer = failed.ToAnswer(by);
        if (failed.Receipt is { } booked) return answer with { Receipt = booked };
        var posting = Postings.OfFailure(call, failed);
        return answer with { Receipt = await settlement.PostAsync(call.Plan, posting, answers.Of(call, posting, answer)) };
    }

    [LoggerMessage(EventName = "provider_unknown", Level = LogLevel.Error, Message = "The provider {Provider} of model {Model} is not configured on this silo")]
    private partial void LogUnknownProvider(string provider, string model);

    [LoggerMessage(
        EventName = "answer_missing", Level = LogLevel.Error,
        Message = "The answer that was kept for {Hold} of tenant {TenantId} is gone before its time: the store has lost it")]
    private partial void LogAnswerMissing(HoldId hold, string tenantId);
}
