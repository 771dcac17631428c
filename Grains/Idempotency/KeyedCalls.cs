namespace OrleansGateway;

/// <summary>
/// The calls made with one idempotency key since it was first used. At most one of their holds is pending at a time, and of those that are
/// posted at most one is invoiced.
/// </summary>
internal sealed class KeyedCalls(string key, DateTimeOffset since)
{
    private int _holds;
    private int _open;

    public string Key { get; } = key;

    /// <summary>The book's time when the first of the holds was made.</summary>
    public DateTimeOffset Since { get; } = since;

    /// <summary>What was asked with it last.</summary>
    public string Fingerprint { get; private set; } = "";

    /// <summary>The hold that was made last.</summary>
    public HoldId Last { get; private set; }

    /// <summary>The book's time when that was: the key is remembered from then on.</summary>
    public DateTimeOffset LastAt { get; private set; }

    public KeyedState State { get; private set; }

    /// <summary>What the book says of the last hold, once it is posted.</summary>
    public PostingReceipt Receipt { get; private set; }

    /// <summary>Whether one of the holds was posted and costs the tenant something: no other one may.</summary>
    public bool Invoiced { get; private set; }

    /// <summary>Whether nothing is known here that the kept answer does not say as well: one hold, posted without a doubt.</summary>
    public bool IsPlain => _holds == 1 && _open == 0 && State == KeyedState.Posted && !WasInDoubt;

    /// <summary>Whether one of the holds was in suspense.</summary>
    public bool WasInDoubt { get; private set; }

    /// <summary>A call whose answer was found where answers are kept.</summary>
    public static KeyedCalls Of(KeepAnswer kept, HoldId hold, PostingReceipt receipt) => new(kept.Idempotency.Key, kept.HeldAt)
    {
        Fingerprint = kept.Idempotency.Fingerprint,
        Last = hold,
        LastAt = kept.HeldAt,
        State = KeyedState.Posted,
        Receipt = receipt,
    };

    /// <summary>Another hold was made.</summary>
    public void Follow(BookEntry.Held entry, DateTimeOffset at)
    {
        (Fingerprint, Last, LastAt, State) = (entry.Fingerprint ?? "", entry.Hold, at, KeyedState.Pending);
        _holds++;
        _open++;
    }

    /// <summary>The outcome of a hold is unknown.</summary>
    public void Suspend(HoldId hold)
    {
        WasInDoubt = true;
        if (hold == Last) State = KeyedState.Suspense;
    }

    /// <summary>A hold ended: with a receipt when it was posted.</summary>
    public void Close(HoldId hold, PostingReceipt? posted)
    {
        _open--;
        if (posted?.Invoiced > Money.Zero) Invoiced = true;
        if (hold == Last) (State, Receipt) = posted is { } receipt ? (KeyedState.Posted, receipt) : (KeyedState.Void, default);
    }

    public TenantSnapshot.KeyState ToState() => new()
    {
        Key = Key,
        Since = Since,
        Fingerprint = Fingerprint,
        Last = Last,
        LastAt = LastAt,
        State = State,
        Receipt = Receipt,
        Invoiced = Invoiced,
        Holds = _holds,
        WasInDoubt = WasInDoubt,
    };

    /// <summary>As it was, but for its open holds: those <see cref="Reopen"/> themselves.</summary>
    public static KeyedCalls Of(TenantSnapshot.KeyState state) => new(state.Key, state.Since)
    {
        Fingerprint = state.Fingerprint,
        Last = state.Last,
        LastAt = state.LastAt,
        State = state.State,
        Receipt = state.Receipt,
        Invoiced = state.Invoiced,
        WasInDoubt = state.WasInDoubt,
        _holds = state.Holds,
    };

    /// <summary>An open hold of it was restored.</summary>
    public void Reopen() => _open++;
}
