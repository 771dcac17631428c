using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Books how holds ended. The answer waits for its posting, but not for ever: when the store is away it goes out with the receipt that the
/// book will show, and the posting is repeated until it is in, or the hold has gone to suspense by itself.
/// </summary>
internal sealed partial class Settlement(IHolds holds, KeptAnswers answers, CostWatch costs, TimeProvider time, ILogger<Settlement> logger)
{
    private const int RenewalsOfStale = 3;
    private static readonly TimeSpan AnswerWaits = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Task, HoldId> _late = new();

    /// <summary>
    /// Ends the plan's hold, once what is to be kept of the call is kept: nothing is posted without an answer to give again. Never fails.
    /// </summary>
    public async Task<PostingReceipt> PostAsync(ProviderPlan plan, Posting posting, KeptAnswer? kept = null)
    {
        costs.Look(plan, posting);
        var started = time.GetTimestamp();
        if (await TryPostAsync(plan, posting, kept) is { } receipt) return receipt;

        var late = RepeatAsync(plan, posting, kept);
        Track(late, posting.Hold);
        var left = AnswerWaits - time.GetElapsedTime(started);
        if (left > TimeSpan.Zero) await Task.WhenAny(late, Task.Delay(left, time));
        return late.IsCompleted ? await late : Postings.ExpectedReceipt(posting, plan.Held);
    }

    /// <summary>
    /// Puts the plan's hold in suspense and gets another; null when the budgets do not cover it. Repeated only where nothing was written:
    /// a renewal of unknown outcome is left to the deadlines of both holds.
    /// </summary>
    public async Task<ProviderPlan?> RenewAsync(ProviderPlan plan, Posting suspense)
    {
        for (var left = RenewalsOfStale; ; left--)
        {
            try
            {
                return await holds.RenewAsync(plan, suspense);
            }
            catch (StaleActivationException) when (left > 1)
            {
                // The same call reaches the tenant's new activation.
            }
        }
    }

    /// <summary>Completes when no posting is under way late, or at the token's end.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        while (!_late.IsEmpty && !cancellationToken.IsCancellationRequested)
            await Task.WhenAny(Task.WhenAll(_late.Keys), Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken));
        if (!_late.IsEmpty) LogPostingsAbandoned(_late.Count);
    }

    /// <summary>Whether the book may well take it later.</summary>
    public static bool IsTransient(Exception exception) => exception is StoreUnavailableException or StaleActivationException or TimeoutException or OrleansException;

    private async Task<PostingReceipt> RepeatAsync(ProviderPlan plan, Posting posting, KeptAnswer? kept)
    {
        for (var delay = FirstDelay; ; delay = delay < LongestDelay / 2 ? 2 * delay : LongestDelay)
        {
            if (time.GetUtcNow() + delay >= plan.Deadline)
            {
                LogPostingGivenUp(posting.Hold);
                return Postings.ExpectedReceipt(posting, plan.Held);
            }
            await Task.Delay(delay, time);
            if (await TryPostAsync(plan, posting, kept) is { } receipt) return receipt;
        }
    }

    /// <summary>Posts once; null when it is worth repeating.</summary>
    private async Task<PostingReceipt?> TryPostAsync(ProviderPlan plan, Posting posting, KeptAnswer? kept)
    {
        try
        {
            if (kept is not null) await answers.PutAsync(plan.TenantId, kept);
            return await holds.PostAsync(plan.TenantId, posting);
        }
        catch (Exception e) when (IsTransient(e))
        {
            LogPostingDelayed(posting.Hold, e.Message);
            return null;
        }
        catch (Exception e)
        {
            LogPostingRefused(posting.Hold, e);
            return Postings.ExpectedReceipt(posting, plan.Held);
        }
    }

    private void Track(Task late, HoldId hold)
    {
        _late[late] = hold;
        _ = late.ContinueWith(
            static (done, late) => ((ConcurrentDictionary<Task, HoldId>)late!).TryRemove(done, out _),
            _late, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    [LoggerMessage(EventName = "posting_delayed", Level = LogLevel.Warning, Message = "The posting of {Hold} was not booked and is repeated: {Reason}")]
    private partial void LogPostingDelayed(HoldId hold, string reason);

    [LoggerMessage(EventName = "posting_given_up", Level = LogLevel.Error, Message = "The posting of {Hold} was not booked by its deadline: the hold stands in suspense")]
    private partial void LogPostingGivenUp(HoldId hold);

    [LoggerMessage(EventName = "posting_refused", Level = LogLevel.Error, Message = "The posting of {Hold} cannot be booked")]
    private partial void LogPostingRefused(HoldId hold, Exception exception);

    [LoggerMessage(EventName = "postings_abandoned", Level = LogLevel.Error, Message = "{Count} postings were not booked when the silo stopped: their holds go to suspense")]
    private partial void LogPostingsAbandoned(int count);
}
