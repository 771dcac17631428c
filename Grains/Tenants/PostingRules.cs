namespace OrleansGateway;

/// <summary>How a hold ends: pending → posted | void | suspense, suspense → posted | void, and nothing after that.</summary>
internal static class PostingRules
{
    /// <summary>The entry to book for a posting; null when the hold has ended already, so that nothing changes.</summary>
    public static BookEntry.OfHold? Decide(TenantAccount account, Posting posting, DateTimeOffset now)
    {
        if (FindHold(account, posting.Hold) is not { } hold)
        {
            return Fences(account, posting)
                ? new BookEntry.Voided { At = now, Request = posting.Hold.RequestId, Attempt = posting.Hold.Attempt, Outcome = posting.Outcome }
                : null;
        }

        return posting.Kind switch
        {
            PostingKind.Posted => Post(hold, posting, now),
            PostingKind.Void => new BookEntry.Voided
            {
                At = now,
                Request = hold.Id.RequestId,
                Attempt = hold.Id.Attempt,
                KeyId = hold.Entry.KeyId,
                User = hold.Entry.User,
                Provider = posting.Provider,
                Model = posting.Model ?? hold.Entry.Model,
                Outcome = posting.Outcome,
                Resolves = hold.InSuspense,
            },
            PostingKind.Suspense => hold.InSuspense ? null : Suspend(hold, posting.Provider, posting.Model, posting.Outcome, now),
            _ => throw new ArgumentOutOfRangeException(nameof(posting), posting.Kind, "Not a posting."),
        };
    }

    /// <summary>
    /// Whether a posting voids a hold that memory knows nothing of: its append was never confirmed, and voiding it all the same fences one still under way. Or it ended long
    /// ago, which the book can tell.
    /// </summary>
    public static bool Fences(TenantAccount account, Posting posting) =>
        posting.Kind == PostingKind.Void && FindHold(account, posting.Hold) is null && !account.Closed.TryFind(posting.Hold, out _);

    /// <summary>The open hold of that id, or the one that stands in its place because a stream went on and its pool may not have heard; null when there is none.</summary>
    public static Hold? FindHold(TenantAccount account, HoldId id)
    {
        if (account.FindHold(id) is { } hold) return hold;
        foreach (var other in account.Holds)
            if (other.Entry.Extends is { } first && other.Id.RequestId == id.RequestId && first <= id.Attempt && id.Attempt < other.Id.Attempt) return other;
        return null;
    }

    /// <summary>The end of a hold in whose place another one comes; nothing of it is charged.</summary>
    public static BookEntry.Voided Extended(Hold hold, DateTimeOffset now) => new()
    {
        At = now,
        Request = hold.Id.RequestId,
        Attempt = hold.Id.Attempt,
        KeyId = hold.Entry.KeyId,
        User = hold.Entry.User,
        Model = hold.Entry.Model,
        Outcome = OutcomeWords.Extended,
    };

    /// <summary>The entry for a hold whose deadline passed before anyone told how it ended.</summary>
    public static BookEntry.Suspended Expire(Hold hold, DateTimeOffset now) => Suspend(hold, null, null, "expired", now);

    /// <summary>What the caller is told of an entry.</summary>
    public static PostingReceipt Receipt(BookEntry.OfHold entry) => entry is BookEntry.Posted posted ? new(posted.Cost, posted.Absorbed) : default;

    // Never more than was held is invoiced, and never two calls of one idempotency key: the rest counts against the budgets and is the
    // operator's to look into.
    private static BookEntry.Posted Post(Hold hold, Posting posting, DateTimeOffset now)
    {
        var invoiced = hold.Keyed is { Invoiced: true } ? Money.Zero : Money.Min(posting.Cost, hold.Amount);
        return new BookEntry.Posted
        {
            At = now,
            Request = hold.Id.RequestId,
            Attempt = hold.Id.Attempt,
            KeyId = hold.Entry.KeyId,
            User = hold.Entry.User,
            Provider = posting.Provider,
            Model = posting.Model,
            Usage = posting.Usage,
            Cost = invoiced,
            Absorbed = posting.Cost - invoiced,
            PriceVersion = posting.PriceVersion,
            Outcome = posting.Outcome,
            Estimated = posting.Estimated,
            UpstreamCost = posting.UpstreamCost,
            Resolves = hold.InSuspense,
        };
    }

    private static BookEntry.Suspended Suspend(Hold hold, string? provider, string? model, string outcome, DateTimeOffset now) => new()
    {
        At = now,
        Request = hold.Id.RequestId,
        Attempt = hold.Id.Attempt,
        KeyId = hold.Entry.KeyId,
        User = hold.Entry.User,
        Provider = provider,
        Model = model ?? hold.Entry.Model,
        Amount = hold.Amount,
        Outcome = outcome,
    };
}
