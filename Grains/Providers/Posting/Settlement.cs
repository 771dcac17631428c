using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Books how holds ended. The answer waits for its posting, but not for ever: when the store is away it goes out with the receipt that the
/// book will show, and the posting is repeated until it is in. The hold's deadline changes nothing about that: it is in suspense from then
/// on, and the posting resolves it. Only the process's end loses what waits.
/// </summary>
internal sealed partial class Settlement(IHolds holds, KeptAnswers answers, CostWatch costs, Random random, TimeProvider time, ILogger<Settlement> logger)
{
    private const int TriesOfStale = 3;
    private static readonly TimeSpan AnswerWaits = TimeSpan.FromSeconds(5);

    private readonly Backlog _late = new(random, time);

    /// <summary>The most postings that wait for the store at once.</summary>
    internal int MostLate { get => _late.Most; init => _late = new Backlog(random, time) { Most = value }; }

    /// <summary>How many postings wait for the store.</summary>
    public int Waiting => _late.Count;

    /// <summary>
    /// Ends the plan's hold, once what is to be kept of the call is kept: nothing is posted without an answer to give again. Never fails.
    /// </summary>
    public async Task<PostingReceipt> PostAsync(ProviderPlan plan, Posting posting, KeptAnswer? kept = null)
    {
        costs.Look(plan, posting);
        var started = time.GetTimestamp();
        return await TryPostAsync(plan, posting, kept, first: true) ?? await PostLateAsync(plan, posting, kept, AnswerWaits - time.GetElapsedTime(started));
    }

    /// <summary>
    /// Puts the plan's hold in suspense and gets another; null when the budgets do not cover it. Repeated only where nothing was written:
    /// a renewal of unknown outcome is left to the deadlines of both holds.
    /// </summary>
    public Task<ProviderPlan?> RenewAsync(ProviderPlan plan, Posting suspense) => RepeatStaleAsync(() => holds.RenewAsync(plan, suspense));

    /// <summary>Gets another hold beside the plan's, whose call lasts; null when the budgets do not cover it. Repeated only where nothing was written.</summary>
    public Task<ProviderPlan?> HedgeAsync(ProviderPlan plan) => RepeatStaleAsync(() => holds.HedgeAsync(plan));

    /// <summary>Enlarges a hold for a stream that goes on; null when the budgets do not cover it, or the book does not answer. May be repeated.</summary>
    public async Task<ProviderPlan?> ExtendAsync(ProviderPlan plan)
    {
        try
        {
            return await RepeatStaleAsync(() => holds.ExtendAsync(plan));
        }
        catch (Exception e)
        {
            // What was booked all the same stands in the hold's place: what is posted to the one is meant for the other.
            LogExtensionFailed(plan.Hold, e.Message);
            return null;
        }
    }

    /// <summary>Completes when no posting is under way late, or at the token's end.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (await _late.DrainAsync(cancellationToken) is > 0 and var left) LogPostingsAbandoned(left);
    }

    /// <summary>Whether the book may well take it later.</summary>
    public static bool IsTransient(Exception exception) =>
        exception is StoreUnavailableException or StaleActivationException or TimeoutException or OrleansException or OperationCanceledException;

    /// <summary>Calls again a tenant whose activation was stale, and so wrote nothing: the same call reaches its new one.</summary>
    private static async Task<ProviderPlan?> RepeatStaleAsync(Func<Task<ProviderPlan?>> call)
    {
        for (var left = TriesOfStale; ; left--)
        {
            try
            {
                return await call();
            }
            catch (StaleActivationException) when (left > 1)
            {
            }
        }
    }

    /// <summary>Posts until it is booked; returns then, or after the patience with the receipt that the book will show.</summary>
    private async Task<PostingReceipt> PostLateAsync(ProviderPlan plan, Posting posting, KeptAnswer? kept, TimeSpan patience)
    {
        var (booked, overdue) = ((PostingReceipt?)null, false);
        var late = _late.Add(TryAgainAsync);
        if (late is null) LogBacklogFull(MostLate, posting.Hold);
        else if (patience > TimeSpan.Zero) await Task.WhenAny(late, Task.Delay(patience, time));
        return late?.IsCompleted == true ? booked!.Value : Postings.ExpectedReceipt(posting, plan.Held);

        async Task<bool> TryAgainAsync()
        {
            booked = await TryPostAsync(plan, posting, kept, first: false);
            if (booked is not null) LogPostingBookedLate(posting.Hold, overdue);
            else if (!overdue && time.GetUtcNow() >= plan.Deadline)
            {
                overdue = true;
                LogPostingOverdue(posting.Hold);
            }
            return booked is not null;
        }
    }

    /// <summary>Posts once; null when that failed, for whatever reason.</summary>
    private async Task<PostingReceipt?> TryPostAsync(ProviderPlan plan, Posting posting, KeptAnswer? kept, bool first)
    {
        try
        {
            if (kept is not null) await answers.PutAsync(plan.TenantId, kept);
            return await holds.PostAsync(plan.TenantId, posting);
        }
        catch (Exception e) when (IsTransient(e))
        {
            if (first) LogPostingDelayed(posting.Hold, e.Message);
            return null;
        }
        catch (Exception e)
        {
            // Of no kind that was foreseen; a record is not given up for that.
            if (first) LogPostingRefused(posting.Hold, e);
            return null;
        }
    }

    [LoggerMessage(EventName = "posting_delayed", Level = LogLevel.Warning, Message = "The posting of {Hold} was not booked and is repeated: {Reason}")]
    private partial void LogPostingDelayed(HoldId hold, string reason);

    [LoggerMessage(EventName = "extension_failed", Level = LogLevel.Warning, Message = "The hold {Hold} could not be enlarged for a stream that goes on: {Reason}")]
    private partial void LogExtensionFailed(HoldId hold, string reason);

    [LoggerMessage(
        EventName = "posting_overdue", Level = LogLevel.Error,
        Message = "The posting of {Hold} was not booked by its deadline: the hold stands in suspense until it is; it is repeated for as long as this process lives")]
    private partial void LogPostingOverdue(HoldId hold);

    [LoggerMessage(EventName = "posting_booked_late", Level = LogLevel.Information, Message = "The posting of {Hold} is booked at last (past its deadline: {Overdue})")]
    private partial void LogPostingBookedLate(HoldId hold, bool overdue);

    [LoggerMessage(
        EventName = "posting_backlog_full", Level = LogLevel.Error,
        Message = "{Limit} postings wait for the store, as many as may: the posting of {Hold} is lost, and an operator has to resolve its suspense")]
    private partial void LogBacklogFull(int limit, HoldId hold);

    [LoggerMessage(EventName = "posting_refused", Level = LogLevel.Error, Message = "The posting of {Hold} cannot be booked; it is repeated all the same")]
    private partial void LogPostingRefused(HoldId hold, Exception exception);

    [LoggerMessage(EventName = "postings_abandoned", Level = LogLevel.Error, Message = "{Count} postings were not booked when the silo stopped: their holds go to suspense")]
    private partial void LogPostingsAbandoned(int count);
}
