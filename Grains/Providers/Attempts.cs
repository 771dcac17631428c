using Microsoft.Extensions.Logging;
using Polly;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>One attempt at a call's target, from a clean hold to an answer or a verdict.</summary>
internal sealed partial class Attempts(
    Settlement settlement, KeyLanes lanes, Turns turns, RetryRules retries, CompletionReader completions, StreamRelay streams, UpstreamInstruments instruments, TimeProvider time, ILogger<Attempts> logger)
{
    private const int MostErrorBytes = 64 * 1024;

    /// <summary>How long a refusal's words may take to come; others may be waiting to be asked.</summary>
    private static readonly TimeSpan ErrorPatience = TimeSpan.FromSeconds(2);

    /// <summary>Makes the attempt; never throws.</summary>
    public async ValueTask<Outcome<AttemptOutcome>> RunAsync(ResilienceContext context, UpstreamCall call)
    {
        var outcome = (call.HoldIsTainted ? await RenewHoldAsync(call) : null) ?? await AttemptAsync(call);
        if (outcome is Failed failed)
        {
            call.FailAlone();
            failed = failed with { RetryIn = lanes.HasFree(call.Client, call.Target) && retries.MayTryAnotherKey(failed, call) ? TimeSpan.Zero : retries.DelayAfter(failed, call) };
            call.Note(failed);
            Log(call, failed);
            outcome = failed;
        }
        return Outcome.FromResult(outcome);
    }

    /// <summary>Puts a hold that may have been charged in suspense and gets another; null when there is one.</summary>
    private async Task<AttemptOutcome?> RenewHoldAsync(UpstreamCall call)
    {
        var suspended = call.Plan;
        FailPoints.Hit(FailPoint.BeforeRenew);
        try
        {
            if (await settlement.RenewAsync(suspended, Postings.Suspense(call, call.Last.Word)) is not { } renewed)
                return new Failed(UpstreamFailureKind.BudgetSpent, OutcomeWords.BudgetSpent) { FallsBack = false, Receipt = new PostingReceipt(Money.Zero, suspended.Held) };
            FailPoints.Hit(FailPoint.AfterRenew);
            return call.TryRenew(renewed) ? null : new Failed(UpstreamFailureKind.Unavailable, OutcomeWords.Unavailable);
        }
        catch (Exception e)
        {
            // Without a new hold nothing more may be tried: the old one ends in suspense, as it would have anyway. The new one may be there unheard.
            LogRenewalFailed(suspended.Hold, e);
            if (e is not StaleActivationException) _ = settlement.PostAsync(suspended, Postings.VoidNext(call));
            return call.Last.Final() with { TripsCircuit = false };
        }
    }

    private async Task<AttemptOutcome> AttemptAsync(UpstreamCall call)
    {
        if (time.GetUtcNow() >= call.EndsAt) return new Failed(UpstreamFailureKind.Timeout, OutcomeWords.Deadline) { FallsBack = false };
        if (!await BudgetGuard.CoversThinkingAsync(call, settlement)) return new Failed(UpstreamFailureKind.BudgetSpent, OutcomeWords.BudgetSpent) { FallsBack = false };
        if (lanes.Choose(call.Client, call.Target) is not { } lane)
            return new Failed(UpstreamFailureKind.RateLimited, OutcomeWords.RateLimited) { RetryAfter = lanes.UntilFree(call.Client, call.Target) };

        var turn = default(Turn);
        if (lane.Fair.IsLimited)
        {
            (turn, var none) = await turns.TakeAsync(call, lane);
            if (none is not null) return none;
        }
        call.Begin(lane);
        call.Health.OnBegun();
        lane.Health.OnBegun();
        var measure = instruments.Begin(call);
        var outcome = await DispatchAsync(call);
        measure.End(outcome);
        turn?.End(outcome);
        lane.Health.OnEnded();
        call.Health.OnEnded(outcome is Failed ended ? ended.Word : OutcomeWords.Ok);
        if (outcome is Failed failed) lanes.OnFailed(call, failed);
        if (outcome is Failed { TripsCircuit: true }) call.Health.Latency.OnFailure();
        return outcome;
    }

    private async Task<AttemptOutcome> DispatchAsync(UpstreamCall call)
    {
        var sentAt = time.GetTimestamp();
        using var timer = new UpstreamTimer(time, call.EndsAt, call.Client.Options.AttemptTimeout);
        HttpResponseMessage? response = null;
        try
        {
            var body = BodySplicer.Splice(call.Request, call.Target.UpstreamModel, call.OutputLimit);
            FailPoints.Hit(FailPoint.BeforeDispatch);
            response = await call.Client.SendAsync(call.Lane.Key, call.Request, body, call.Plan.Hold.RequestId, timer.Token);
            FailPoints.Hit(FailPoint.AfterDispatch);
            call.Health.OnHeaders(time.GetElapsedTime(sentAt));
            if (call.Client.Options.LearnLimits) call.Lane.Fair.Hear(LimitHeaders.Of(response, time.GetUtcNow()));
            if (!response.IsSuccessStatusCode) return await RefusedAsync(call, response, timer);
            call.Health.Latency.OnAnswer(time.GetElapsedTime(sentAt));
            return call.Sink is null ? await completions.ReadAsync(call, response, timer) : await streams.RelayAsync(call, call.Sink, response, timer);
        }
        catch (Exception e)
        {
            var failed = response is null ? AttemptVerdicts.OfSending(e, timer) : AttemptVerdicts.OfReading(e, timer);
            if (failed.Word == OutcomeWords.Internal) LogAttemptThrew(call.Plan.Hold, e);
            return failed;
        }
        finally
        {
            response?.Dispose();
        }
    }

    private async Task<Failed> RefusedAsync(UpstreamCall call, HttpResponseMessage response, UpstreamTimer timer)
    {
        var retryAfter = RetryAfterHeader.Of(response, time.GetUtcNow());
        var options = call.Client.Options;
        var (error, scan) = (UpstreamError.None, default(AnswerScan));
        timer.EndWithin(ErrorPatience);
        try
        {
            if (await ResponseBytes.ReadAsync(response, MostErrorBytes, ErrorPatience, timer) is { } body)
            {
                error = call.Client.ParseError(body);
                AnswerScan.TryScan(body.Span, out scan, call.Request.Api);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The status says enough.
        }
        return CompletionReader.Charged(AttemptVerdicts.OfStatus((int)response.StatusCode, error, retryAfter, options.BillsServerErrors), scan, call);
    }

    private void Log(UpstreamCall call, Failed failed)
    {
        var level = failed.Kind switch
        {
            UpstreamFailureKind.Authentication => LogLevel.Error,
            UpstreamFailureKind.RequestRejected or UpstreamFailureKind.RateLimited or UpstreamFailureKind.BudgetSpent => LogLevel.Information,
            _ => LogLevel.Warning,
        };
        LogAttemptFailed(level, call.Plan.Hold, call.Attempts, call.Target.Provider, call.Target.Model, call.Lane?.Key.Name, failed.Word, failed.Status, failed.Billing, failed.RetryIn);
        if (failed.Fingerprint is { } fingerprint) LogAnswerInvalid(call.Plan.Hold, call.Target.Provider, call.Target.Model, fingerprint);
    }

    [LoggerMessage(EventName = "attempt_failed", Message = "Attempt {Attempt} of {Hold} at {Provider} {Model} by key {Key} failed: {Outcome}, status {Status}, billed {Billing}, retry in {RetryIn}")]
    private partial void LogAttemptFailed(LogLevel level, HoldId hold, int attempt, string provider, string model, string? key, string outcome, int status, Billing billing, TimeSpan? retryIn);

    [LoggerMessage(EventName = "answer_invalid", Level = LogLevel.Warning, Message = "What {Provider} {Model} answered to {Hold} is no answer; the SHA-256 of its first 200 bytes is {Fingerprint}")]
    private partial void LogAnswerInvalid(HoldId hold, string provider, string model, string fingerprint);

    [LoggerMessage(EventName = "attempt_threw", Level = LogLevel.Error, Message = "An attempt of {Hold} failed in the gateway itself")]
    private partial void LogAttemptThrew(HoldId hold, Exception exception);

    [LoggerMessage(EventName = "renewal_failed", Level = LogLevel.Warning, Message = "The hold {Hold} could not be renewed")]
    private partial void LogRenewalFailed(HoldId hold, Exception exception);
}
