using Microsoft.Extensions.Logging;
using Polly;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>One attempt at a call's target, from a clean hold to an answer or a verdict.</summary>
internal sealed partial class Attempts(
    Settlement settlement,
    KeyLanes lanes,
    Turns turns,
    RetryRules retries,
    CompletionReader completions,
    StreamRelay streams,
    UpstreamInstruments instruments,
    CallsUnderWay underWay,
    PoolTime time,
    ILogger<Attempts> logger)
{
    private const int MostErrorBytes = 64 * 1024;

    /// <summary>How long a refusal's words may take to come; others may be waiting to be asked.</summary>
    private static readonly TimeSpan ErrorPatience = TimeSpan.FromSeconds(2);

    /// <summary>Makes the attempt.</summary>
    public async ValueTask<Outcome<AttemptOutcome>> RunAsync(ResilienceContext context, AimedCall aimed)
    {
        var (lane, turn, none) = await PrepareAsync(aimed);
        if (lane is null) return Outcome.FromResult<AttemptOutcome>(Note(aimed, null, none!));
        // Begun here, for its span is the parent of what this method goes on to do.
        using var attempt = new Attempt(aimed, lane, turn, instruments);
        var outcome = await DispatchAsync(attempt);
        End(attempt, outcome);
        return Outcome.FromResult(outcome is Failed failed ? Note(aimed, attempt, failed) : outcome);
    }

    /// <summary>A clean hold, a key to make an attempt with and a turn on its lane; or why there is none.</summary>
    private async ValueTask<(KeyLane? Lane, Turn Turn, Failed? None)> PrepareAsync(AimedCall aimed)
    {
        var call = aimed.Call;
        if (call.TaintedBy is { } failed && await RenewHoldAsync(aimed, failed) is { } notRenewed) return (null, default, notRenewed);
        if (time.GetUtcNow() >= call.EndsAt) return (null, default, new Failed(UpstreamFailureKind.Timeout, OutcomeWords.Deadline) { FallsBack = false });
        if (!await BudgetGuard.CoversThinkingAsync(aimed, settlement))
            return (null, default, new Failed(UpstreamFailureKind.BudgetSpent, OutcomeWords.BudgetSpent) { FallsBack = false });
        if (lanes.Choose(aimed.Client, aimed.Target) is not { } lane)
        {
            var wait = lanes.UntilFree(aimed.Client, aimed.Target);
            return (null, default, new Failed(UpstreamFailureKind.RateLimited, OutcomeWords.RateLimited) { RetryAfter = wait });
        }
        if (!lane.Fair.IsLimited) return (lane, default, null);
        var (turn, none) = await turns.TakeAsync(aimed, lane);
        return none is null ? (lane, turn, null) : (null, default, none);
    }

    /// <summary>Puts a hold that may have been charged in suspense and gets another; null when there is one.</summary>
    private async Task<Failed?> RenewHoldAsync(AimedCall aimed, Failed tainted)
    {
        var call = aimed.Call;
        var suspended = call.Plan;
        FailPoints.Hit(FailPoint.BeforeRenew);
        try
        {
            if (await settlement.RenewAsync(suspended, Postings.Suspense(call, tainted.Word)) is not { } renewed)
                return new Failed(UpstreamFailureKind.BudgetSpent, OutcomeWords.BudgetSpent) { FallsBack = false, Receipt = new PostingReceipt(Money.Zero, suspended.Held) };
            FailPoints.Hit(FailPoint.AfterRenew);
            return aimed.TryRenew(renewed) ? null : new Failed(UpstreamFailureKind.Unavailable, OutcomeWords.Unavailable);
        }
        catch (Exception e)
        {
            // Without a new hold nothing more may be tried: the old one ends in suspense, as it would have anyway. The new one may be there unheard.
            LogRenewalFailed(suspended.Hold, e);
            if (e is not StaleActivationException) _ = underWay.CountAsync(settlement.PostAsync(suspended, Postings.VoidNext(call)));
            return tainted.Final() with { TripsCircuit = false };
        }
    }

    /// <summary>Sends it and takes what comes back; never throws.</summary>
    private async Task<AttemptOutcome> DispatchAsync(Attempt attempt)
    {
        var (call, options) = (attempt.Call, attempt.Client.Options);
        var sentAt = time.GetTimestamp();
        using var timer = new UpstreamTimer(time, call.EndsAt, options.AttemptTimeout);
        HttpResponseMessage? response = null;
        try
        {
            var body = BodySplicer.Splice(call.Request, attempt.Target.UpstreamModel, attempt.OutputLimit);
            FailPoints.Hit(FailPoint.BeforeDispatch);
            response = await attempt.Client.SendAsync(attempt.Lane.Key, call.Request, body, call.Plan.Hold.RequestId, timer.Token);
            FailPoints.Hit(FailPoint.AfterDispatch);
            attempt.Health.OnHeaders(time.GetElapsedTime(sentAt));
            if (options.LearnLimits) attempt.Lane.Fair.Hear(LimitHeaders.Of(response, time.GetUtcNow()));
            if (!response.IsSuccessStatusCode) return await RefusedAsync(attempt, response, timer);
            attempt.Health.Latency.OnAnswer(time.GetElapsedTime(sentAt));
            return call.Sink is null ? await completions.ReadAsync(attempt, response, timer) : await streams.RelayAsync(attempt, call.Sink, response, timer);
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

    /// <summary>Ends an attempt, and draws from its outcome what it says of its target.</summary>
    private void End(Attempt attempt, AttemptOutcome outcome)
    {
        try
        {
            attempt.End(outcome);
        }
        catch (Exception e)
        {
            // Of whoever listens to what is measured: an outcome, and what is posted of it, stands whatever they do.
            LogAttemptThrew(attempt.Call.Plan.Hold, e);
        }
        if (outcome is not Failed failed) return;
        lanes.OnFailed(attempt, failed);
        if (failed.TripsCircuit) attempt.Health.Latency.OnFailure();
    }

    /// <summary>Takes note of a failure, and of whether and when the target is tried again.</summary>
    private Failed Note(AimedCall aimed, Attempt? attempt, Failed failed)
    {
        aimed.Call.FailAlone();
        var mayTryAnotherKey = lanes.HasFree(aimed.Client, aimed.Target) && retries.MayTryAnotherKey(failed, aimed);
        failed = failed with { RetryIn = mayTryAnotherKey ? TimeSpan.Zero : retries.DelayAfter(failed, aimed) };
        aimed.Call.Note(failed);
        Log(aimed, attempt, failed);
        return failed;
    }

    private async Task<Failed> RefusedAsync(Attempt attempt, HttpResponseMessage response, UpstreamTimer timer)
    {
        var retryAfter = RetryAfterHeader.Of(response, time.GetUtcNow());
        var (error, scan) = (UpstreamError.None, default(AnswerScan));
        timer.EndWithin(ErrorPatience);
        try
        {
            if (await ResponseBytes.ReadAsync(response, MostErrorBytes, ErrorPatience, timer) is { } body)
            {
                error = attempt.Client.ParseError(body);
                AnswerScan.TryScan(body.Span, out scan, attempt.Call.Request.Api);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The status says enough.
        }
        var bills = attempt.Client.Options.BillsServerErrors;
        return CompletionReader.Charged(AttemptVerdicts.OfStatus((int)response.StatusCode, error, retryAfter, bills), scan, attempt);
    }

    private void Log(AimedCall aimed, Attempt? attempt, Failed failed)
    {
        var (call, target) = (aimed.Call, aimed.Target);
        var level = failed.Kind switch
        {
            UpstreamFailureKind.Authentication => LogLevel.Error,
            UpstreamFailureKind.RequestRejected or UpstreamFailureKind.RateLimited or UpstreamFailureKind.BudgetSpent => LogLevel.Information,
            _ => LogLevel.Warning,
        };
        LogAttemptFailed(
            level, call.Plan.Hold, attempt?.Number ?? call.Attempts, target.Provider, target.Model, attempt?.Lane.Key.Name,
            failed.Word, failed.Status, failed.Billing, failed.RetryIn?.TotalSeconds);
        if (failed.Fingerprint is { } fingerprint) LogAnswerInvalid(call.Plan.Hold, target.Provider, target.Model, fingerprint);
    }

    [LoggerMessage(
        EventName = "attempt_failed",
        Message = "Attempt {Attempt} of {Hold} at {Provider} {Model} by key {Key} failed: {Outcome}, status {Status}, billed {Billing}, retry in {RetrySeconds} s")]
    private partial void LogAttemptFailed(
        LogLevel level, HoldId hold, int attempt, string provider, string model, string? key, string outcome, int status, Billing billing, double? retrySeconds);

    [LoggerMessage(
        EventName = "answer_invalid", Level = LogLevel.Warning,
        Message = "What {Provider} {Model} answered to {Hold} is no answer; the SHA-256 of its first 200 bytes is {Fingerprint}")]
    private partial void LogAnswerInvalid(HoldId hold, string provider, string model, string fingerprint);

    [LoggerMessage(EventName = "attempt_threw", Level = LogLevel.Error, Message = "An attempt of {Hold} failed in the gateway itself")]
    private partial void LogAttemptThrew(HoldId hold, Exception exception);

    [LoggerMessage(EventName = "renewal_failed", Level = LogLevel.Warning, Message = "The hold {Hold} could not be renewed")]
    private partial void LogRenewalFailed(HoldId hold, Exception exception);
}
