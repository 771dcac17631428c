namespace OrleansGateway;

/// <summary>Money held for one attempt, until it is posted or void.</summary>
internal sealed class Hold(BookEntry.Held entry, DateTimeOffset landedAt, ScopeAccount[] scopes, BudgetBucket[][] windows)
{
    public HoldId Id { get; } = entry.Hold;

    public BookEntry.Held Entry { get; } = entry;

    /// <summary>The book's time when it was made: its own, or later when the clock had gone back.</summary>
    public DateTimeOffset LandedAt { get; } = landedAt;

    /// <summary>When its call must have ended: its deadline as a rule.</summary>
    public DateTimeOffset EndsBy { get; private set; } = entry.Deadline;

    /// <summary>The scopes it was decided in: tenant, key and, where users have ceilings, the end user.</summary>
    public ScopeAccount[] Scopes { get; } = scopes;

    /// <summary>Scope by scope the windows it was made in; what becomes of it lands there however late.</summary>
    public BudgetBucket[][] Windows { get; } = windows;

    /// <summary>Whether it was decided in its end user's scope too.</summary>
    public bool OfUser => Scopes.Length > (Entry.KeyId is null ? 1 : 2);

    public Money Amount => Entry.Amount;

    /// <summary>Whether its outcome is unknown.</summary>
    public bool InSuspense { get; set; }

    /// <summary>The calls with its idempotency key; null when it has none.</summary>
    public KeyedCalls? Keyed { get; init; }

    /// <summary>The entry that put it in suspense; null while it is pending, and in snapshots of releases that did not keep it.</summary>
    public BookEntry.Suspended? Suspense { get; set; }

    /// <summary>It was found in the book. One that is to come by this clock was made by a clock that was ahead: it lasts as long as it was to, from now on.</summary>
    public void SeenAt(DateTimeOffset now)
    {
        if (Entry.At > now) EndsBy = now + (Entry.Deadline - Entry.At);
    }

    /// <summary>Adds to what is held in the windows that it was made in.</summary>
    public void Count(Money amount)
    {
        foreach (var windows in Windows)
            foreach (var bucket in windows) bucket.Held += amount;
    }

    /// <summary>Where its estimated tokens stand in each scope's limiter; null once the activation that admitted it is gone.</summary>
    public TokenCharge? Charge { get; set; }
}

/// <summary>The tokens a request was admitted with, and the slot they stand in, scope by scope.</summary>
internal sealed record TokenCharge(long Tokens, long[] Slots);
