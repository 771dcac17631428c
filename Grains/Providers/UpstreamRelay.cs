using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Polly;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>Takes a request through its plan: target after target until one answers, and whatever happens the hold is ended.</summary>
internal sealed partial class UpstreamRelay : IRelay
{
    /// <summary>What the span of a request's way through its plan is called.</summary>
    public const string SpanName = "relay to upstreams";

    private readonly ProviderDirectory _directory;
    private readonly UpstreamHealth _health;
    private readonly Circuits _circuits;
    private readonly Hedging _hedging;
    private readonly KeyLanes _lanes;
    private readonly Settlement _settlement;
    private readonly KeptAnswers _answers;
    private readonly UpstreamInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Func<ResilienceContext, AimedCall, ValueTask<Outcome<AttemptOutcome>>> _attempt;

    public UpstreamRelay(ProviderDirectory directory, UpstreamHealth health, Circuits circuits, Hedging hedging, KeyLanes lanes, Attempts attempts, Settlement settlement, KeptAnswers answers, UpstreamInstruments instruments, TimeProvider time, ILogger<UpstreamRelay> logger)
    {
        (_directory, _health, _circuits, _hedging, _lanes, _settlement, _answers, _instruments, _time, _logger) = (directory, health, circuits, hedging, lanes, settlement, answers, instruments, time, logger);
        _attempt = attempts.RunAsync;
    }

    public Task<ProviderAnswer> CompleteAsync(ProviderPlan plan, UpstreamRequest request, CancellationToken gone = default) =>
        RelayAsync(new UpstreamCall(plan, request, null) { StartedAt = _time.GetTimestamp(), Gone = gone });

    public Task<ProviderAnswer> StreamAsync(ProviderPlan plan, UpstreamRequest request, IChunkSink sink, RateLimitSnapshot limits = default, CancellationToken gone = default) =>
        RelayAsync(new UpstreamCall(plan, request, sink) { StartedAt = _time.GetTimestamp(), Limits = limits, Gone = gone });

    public async Task<ReplayedAnswer?> ReplayAsync(string tenantId, HoldId hold, string key, PostingReceipt receipt)
    {
        FailPoints.Hit(FailPoint.BeforeReplay);
        if (await _answers.FindAsync(tenantId, hold, key) is { } kept) return kept.Replay(receipt);
        LogAnswerMissing(hold, tenantId);
        return null;
    }

    private async Task<ProviderAnswer> RelayAsync(UpstreamCall call)
    {
        using var span = GatewayTrace.Source.StartActivity(SpanName);
        if (_health.RestOf(call.Tried.Provider, call.Tried.Model) is not null) await AwaitRestAsync(call.Plan);
        var aimed = default(AimedCall);
        var last = default(Failed);
        var refusedBy = default(List<string>);
        var plan = call.Plan;
        var planned = plan.Targets;
        // Those that rest for a moment, to be tried after all others.
        var again = default(List<PlanTarget>);
        var room = default(int?);
        for (var i = 0; i < planned.Length + (again?.Count ?? 0); i++)
        {
            var isAgain = i >= planned.Length;
            var target = isAgain ? again![i - planned.Length] : planned[i];
            if (call.WasHedgedAt(target) || refusedBy?.Contains(target.Provider) == true || target.ContextTokens <= room) continue;
            if (_health.RestOf(target.Provider, target.Model) is { } rest && !(isAgain && await EndsSoonAsync(rest)))
            {
                if (!isAgain && _health.IsAwaited(rest)) (again ??= []).Add(target);
                call.PassOver(LeftAlone(rest));
                last ??= LeftAlone(rest);
                continue;
            }
            if (_directory.Find(target.Provider) is not { } client)
            {
                LogUnknownProvider(target.Provider, target.Model);
                last ??= new Failed(UpstreamFailureKind.Unavailable, OutcomeWords.UnknownProvider);
                call.PassOver(last);
                continue;
            }

            aimed = call.Aim(target, client, _health.Of(target.Provider, target.Model), MayCallAfter(planned, i, refusedBy));
            AttemptOutcome outcome;
            if (Hedging.After(aimed) is { } patience) (aimed, outcome) = await _hedging.RunAsync(aimed, _attempt, patience);
            else outcome = await _circuits.RunAsync(aimed, _attempt);
            call = aimed.Call;
            if (outcome is Answered answered) return _instruments.OnAnswered(plan, answered.Answer);
            last = (Failed)outcome;
            if (!last.FallsBack) break;
            call.PassOver(last);
            if (last.NeedsRoom) room = Math.Max(room ?? 0, aimed.Target.ContextTokens);
            // Refused keys are refused for every model.
            if (last.Kind == UpstreamFailureKind.Authentication && !_lanes.HasFree(aimed.Client, aimed.Target)) (refusedBy ??= []).Add(aimed.Target.Provider);
        }
        return await FailAsync(call, aimed?.By ?? call.By(planned[0], null), last!);
    }

    /// <summary>When all targets are left alone, and one only for a moment, that moment is waited for.</summary>
    private async Task AwaitRestAsync(ProviderPlan plan)
    {
        if (_health.AllRest(plan.Targets.Select(target => (target.Provider, target.Model))) is { } first && _health.IsAwaited(first)) await Task.Delay(_health.Left(first), _time);
    }

    /// <summary>Waits for the end of a rest that is near; false when it is not, or when that was not the end.</summary>
    private async Task<bool> EndsSoonAsync(TargetRest rest)
    {
        if (!_health.IsAwaited(rest)) return false;
        await Task.Delay(_health.Left(rest), _time);
        return _health.RestOf(rest.Provider, rest.Model) is null;
    }

    private bool MayCallAfter(ImmutableArray<PlanTarget> planned, int place, List<string>? refusedBy)
    {
        for (var i = place + 1; i < planned.Length; i++)
            if (refusedBy?.Contains(planned[i].Provider) != true && _health.RestOf(planned[i].Provider, planned[i].Model) is null) return true;
        return false;
    }

    private Failed LeftAlone(TargetRest rest) =>
        new(rest.Kind, rest.Kind == UpstreamFailureKind.RateLimited ? OutcomeWords.RateLimited : OutcomeWords.BreakerOpen) { RetryAfter = _health.Left(rest) };

    private async Task<ProviderAnswer> FailAsync(UpstreamCall call, AnsweredBy by, Failed failed)
    {
        var answer = failed.ToAnswer(by);
        if (failed.Receipt is { } booked) return answer with { Receipt = booked };
        var posting = Postings.OfFailure(call, failed);
        return answer with { Receipt = await _settlement.PostAsync(call.Plan, posting, _answers.Of(call, posting, answer)) };
    }

    [LoggerMessage(EventName = "provider_unknown", Level = LogLevel.Error, Message = "The provider {Provider} of model {Model} is not configured on this silo")]
    private partial void LogUnknownProvider(string provider, string model);

    [LoggerMessage(EventName = "answer_missing", Level = LogLevel.Error, Message = "The answer that was kept for {Hold} of tenant {TenantId} is gone before its time: the store has lost it")]
    private partial void LogAnswerMissing(HoldId hold, string tenantId);
}
