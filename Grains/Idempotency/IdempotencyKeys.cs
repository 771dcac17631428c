namespace OrleansGateway;

/// <summary>
/// A tenant's idempotency keys: part of the fold of its book. Keys with a hold that is open or was ever in doubt are all here; of the others,
/// the newest. What is no longer here is told by the answer kept for it (<see cref="NeedsRecall"/>).
/// </summary>
internal sealed class IdempotencyKeys
{
    /// <summary>How long a key is remembered after its last hold was made.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromHours(24);

    private const int FollowsBetweenTrims = 1_000;

    private readonly int _capacity;
    private readonly Dictionary<string, KeyedCalls> _keys = new(StringComparer.Ordinal);
    private readonly Queue<KeyedCalls> _plain = new();
    private DateTimeOffset _droppedUntil = DateTimeOffset.MinValue;
    private int _follows;

    public IdempotencyKeys(int capacity = 2_000) => _capacity = capacity;

    public int Count => _keys.Count;

    /// <summary>What is known here of a key; null when it is unknown, or was used too long ago.</summary>
    public KeyedCalls? Find(string key, DateTimeOffset at) => _keys.TryGetValue(key, out var calls) && IsRemembered(calls, at) ? calls : null;

    /// <summary>Whether a key that is unknown here may still be known to the store of answers.</summary>
    public bool NeedsRecall(string key, DateTimeOffset at) => _droppedUntil != DateTimeOffset.MinValue && at - _droppedUntil < Remembered && Find(key, at) is null;

    /// <summary>Notes a hold that is made; null when it has no key.</summary>
    public KeyedCalls? Follow(BookEntry.Held entry, DateTimeOffset at)
    {
        if (entry.IdempotencyKey is not { } key) return null;
        if (++_follows % FollowsBetweenTrims == 0) Trim(at);
        var calls = Find(key, at) ?? (_keys[key] = new KeyedCalls(key, at));
        calls.Follow(entry, at);
        return calls;
    }

    /// <summary>Notes how a hold ended; the receipt is given when it was posted.</summary>
    public void Close(KeyedCalls calls, HoldId hold, PostingReceipt? posted)
    {
        calls.Close(hold, posted);
        if (calls is { State: KeyedState.Void, WasInDoubt: false, Invoiced: false } && IsCurrent(calls)) _keys.Remove(calls.Key);
        else if (calls.IsPlain) KeepNewest(calls);
    }

    /// <summary>For the snapshot, with those that only an open hold refers to.</summary>
    public TenantSnapshot.KeyStates? ToState(IEnumerable<Hold> holds)
    {
        var all = _keys.Values.Concat(holds.Select(h => h.Keyed).OfType<KeyedCalls>()).Distinct().OrderBy(c => c.LastAt).Select(c => c.ToState()).ToList();
        return all.Count == 0 && _droppedUntil == DateTimeOffset.MinValue ? null : new TenantSnapshot.KeyStates { DroppedUntil = _droppedUntil, Keys = all };
    }

    /// <summary>Takes a snapshot's state; returns what finds the calls that a restored hold belongs to.</summary>
    public Func<BookEntry.Held, DateTimeOffset, KeyedCalls?> Restore(TenantSnapshot.KeyStates? state)
    {
        if (state is null) return static (_, _) => null;
        _droppedUntil = state.DroppedUntil;
        var all = state.Keys.Select(KeyedCalls.Of).OrderBy(c => c.Since).ToLookup(c => c.Key, StringComparer.Ordinal);
        foreach (var calls in all) _keys[calls.Key] = calls.Last();
        foreach (var calls in state.Keys.Select(s => _keys[s.Key]).Where(c => c.IsPlain)) _plain.Enqueue(calls);
        return (entry, landedAt) =>
        {
            if (entry.IdempotencyKey is not { } key || all[key].LastOrDefault(c => c.Since <= landedAt) is not { } calls) return null;
            calls.Reopen();
            return calls;
        };
    }

    // A pending hold keeps its key however old it is: there must not be a second one.
    private static bool IsRemembered(KeyedCalls calls, DateTimeOffset at) => calls.State == KeyedState.Pending || at - calls.LastAt < Remembered;

    private bool IsCurrent(KeyedCalls calls) => _keys.TryGetValue(calls.Key, out var current) && ReferenceEquals(current, calls);

    private void KeepNewest(KeyedCalls calls)
    {
        _plain.Enqueue(calls);
        if (_plain.Count <= _capacity) return;
        var oldest = _plain.Dequeue();
        if (!oldest.IsPlain || !IsCurrent(oldest)) return;
        _keys.Remove(oldest.Key);
        if (oldest.LastAt > _droppedUntil) _droppedUntil = oldest.LastAt;
    }

    private void Trim(DateTimeOffset at)
    {
        foreach (var calls in _keys.Values)
            if (!IsRemembered(calls, at)) _keys.Remove(calls.Key);
    }
}
