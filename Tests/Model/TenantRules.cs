namespace OrleansGateway.Tests.Model;

/// <summary>What the tenant makes of a call.</summary>
internal enum Verdict
{
    /// <summary>An entry is appended, and the answer waits for it.</summary>
    Append,

    /// <summary>The hold is there already.</summary>
    Granted,

    /// <summary>The budget is spent, the key is at work or belongs to another request.</summary>
    Refused,

    /// <summary>The hold of this id has ended, or is in suspense.</summary>
    HoldClosed,

    /// <summary>The key's answer is there.</summary>
    Replayed,

    /// <summary>Nothing changes: the hold has ended already.</summary>
    Ended,

    /// <summary>No such hold.</summary>
    Unknown,
}

/// <summary>A verdict, with the entry to append or the hold it speaks of.</summary>
internal readonly record struct Decision(Verdict Verdict, EntryKind Entry = EntryKind.None, int Hold = -1, Situations Seen = default);

/// <summary>The tenant's decisions on a book as an activation knows it: what Admission and PostingRules do, on one unit of money a hold.</summary>
internal sealed class TenantRules(Scenario scenario, Mutation mutation)
{
    /// <summary>Admission, with the rules of idempotency keys.</summary>
    /// <param name="view">The book as the activation knows it.</param>
    /// <param name="request">Who asks.</param>
    /// <param name="kept">Which holds' answers are kept, as bits.</param>
    public Decision Reserve(Fold view, int request, int kept)
    {
        var own = 2 * request;
        if (view[own] == HoldState.Pending) return new(Verdict.Granted, Hold: own);
        if (view[own] != HoldState.None) return new(Verdict.HoldClosed);
        if (scenario.Keyed && LastOfKey(view, request) is >= 0 and var last)
        {
            if (scenario.Keys == Keys.Reused) return new(Verdict.Refused, Seen: Situations.KeyReused);
            switch (view[last])
            {
                case HoldState.Pending when mutation is not (Mutation.TakeoverWhilePending or Mutation.KeyRecordedAfterCall):
                    return new(Verdict.Refused, Seen: Situations.InProgress);
                case HoldState.Posted or HoldState.Absorbed or HoldState.PostedTwice:
                    return new(Verdict.Replayed, Hold: last, Seen: Situations.Replay);
                case HoldState.Suspense when (kept >> last & 1) != 0:
                    return new(Verdict.Append, Charge(view, last), last, Situations.KeptAnswerPosted);
                case HoldState.Suspense:
                    return Admit(view, own, Situations.Takeover);
            }
        }
        return Admit(view, own, default);
    }

    /// <summary>A posting of what the upstream charged.</summary>
    public Decision Post(Fold view, int hold)
    {
        switch (view[hold])
        {
            case HoldState.None:
                return new(Verdict.Unknown);
            case HoldState.Pending or HoldState.Suspense when mutation == Mutation.PostingInTwoWrites:
                return new(Verdict.Append, EntryKind.Closed, hold);
            case HoldState.Pending or HoldState.Suspense or HoldState.Uncharged:
                return new(Verdict.Append, Charge(view, hold), hold, view[hold] == HoldState.Suspense ? Situations.LatePostResolves : default);
            case HoldState.Posted or HoldState.Absorbed when mutation == Mutation.RepeatedPostingAppends:
                return new(Verdict.Append, EntryKind.Posted, hold);
            default:
                return new(Verdict.Ended, Hold: hold);
        }
    }

    /// <summary>Gives a hold back; one that is not there is voided all the same, which fences an append still under way.</summary>
    public Decision Void(Fold view, int hold) => view[hold] switch
    {
        HoldState.None when mutation == Mutation.NoFencingVoid => new(Verdict.Ended, Hold: hold),
        HoldState.None => new(Verdict.Append, EntryKind.Voided, hold, Situations.FencingVoid),
        HoldState.Pending or HoldState.Suspense => new(Verdict.Append, EntryKind.Voided, hold),
        _ => new(Verdict.Ended, Hold: hold),
    };

    /// <summary>Leaves a hold counted.</summary>
    public static Decision Suspend(Fold view, int hold) => view[hold] switch
    {
        HoldState.None => new(Verdict.Unknown),
        HoldState.Pending => new(Verdict.Append, EntryKind.Suspended, hold),
        _ => new(Verdict.Ended, Hold: hold),
    };

    /// <summary>Leaves a hold counted and makes the next, or only the first of it when the budget does not cover both.</summary>
    public Decision Renew(Fold view, int hold) => view[hold] switch
    {
        HoldState.None => new(Verdict.Unknown),
        HoldState.Pending when view[hold + 1] == HoldState.None && view.Counted < scenario.Limit => new(Verdict.Append, EntryKind.Renewed, hold, Situations.Renewal),
        HoldState.Pending => new(Verdict.Append, EntryKind.Suspended, hold, Situations.RenewalDenied),
        _ => new(Verdict.Ended, Hold: hold),
    };

    /// <summary>A sweep finds a hold whose deadline has passed.</summary>
    public Decision Expire(int hold) => new(Verdict.Append, mutation == Mutation.ExpiryFrees ? EntryKind.Voided : EntryKind.Suspended, hold, Situations.Expiry);

    private Decision Admit(Fold view, int hold, Situations seen) =>
        view.Counted < scenario.Limit ? new(Verdict.Append, EntryKind.Held, hold, seen) : new(Verdict.Refused, Seen: Situations.BudgetSpent);

    /// <summary>A key is invoiced once: what is posted after that counts and is not.</summary>
    private EntryKind Charge(Fold view, int hold)
    {
        if (mutation == Mutation.SecondPostingInvoiced || !scenario.Keyed) return EntryKind.Posted;
        for (var other = 0; other < Fold.Holds; other++)
            if (other != hold && (scenario.Shared || other / 2 == hold / 2) && view[other] == HoldState.Posted) return EntryKind.Absorbed;
        return EntryKind.Posted;
    }

    /// <summary>The newest hold of a request's key, or -1.</summary>
    private int LastOfKey(Fold view, int request)
    {
        var last = scenario.Shared ? view.LastRequest < 0 ? -1 : view.NewestOf(view.LastRequest) : view.NewestOf(request);
        if (mutation == Mutation.KeyRecordedAfterCall && last >= 0 && view[last] is HoldState.Pending or HoldState.Suspense) return -1;
        return last;
    }
}
