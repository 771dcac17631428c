using System.Diagnostics.CodeAnalysis;

namespace OrleansGateway;

/// <summary>
/// A tenant's state: the fold of its book's entries. Deciding is <see cref="Admission"/>'s; this only knows what an entry changes. The
/// same entries always give the same state, live or replayed. What is many by name is kept on shelves: before an entry or a decision concerns
/// an end user, <see cref="ReadingOf(string?)"/> must be null.
/// </summary>
internal sealed partial class TenantAccount(TimeProvider time, ShelfStore? shelfStore = null)
{
    private static readonly ScopePolicy NoCeilings = new();

    private readonly Dictionary<string, ApiKeyRecord> _keys = [];
    private readonly Dictionary<string, ScopeAccount> _keyScopes = [];
    private readonly Dictionary<HoldId, Hold> _holds = [];
    private ScopePolicy _tenantCeilings = NoCeilings;
    private DateTimeOffset _bookTime;

    /// <summary>Null until the tenant is opened.</summary>
    public TenantPolicy? Policy { get; private set; }

    public long Version { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;

    public ScopeAccount TenantScope { get; private set; } = new(ScopeName.Tenant, ScopeName.Tenant, time);

    public IReadOnlyDictionary<string, ApiKeyRecord> Keys => _keys;

    /// <summary>End users by their names.</summary>
    public Shelf<ScopeAccount, TenantSnapshot.ScopeState> Users { get; } =
        new("user", user => new ScopeAccount(ScopeName.OfUser(user), user, time), (account, state) => account.Restore(state), shelfStore);

    /// <summary>What is stored beside the snapshot.</summary>
    public IEnumerable<IShelf> Shelves => [Users];

    /// <summary>Ceilings of single end users.</summary>
    public EndUserOverrides Overrides { get; } = new();

    public IReadOnlyCollection<Hold> Holds => _holds.Values;

    public ClosedHolds Closed { get; } = new();

    public BookedAdjustments Adjustments { get; } = new();

    /// <summary>Thresholds crossed that are still to be handed over.</summary>
    public BudgetAlerts Alerts { get; private set; } = new();

    public IdempotencyKeys Idempotency { get; private set; } = new();

    /// <summary>How the book last went on after a loss; null when there was none.</summary>
    public BookRecovery? Recovery { get; private set; }

    public LateEndings LateEndings { get; } = new();

    public Hold? FindHold(HoldId id) => _holds.GetValueOrDefault(id);

    /// <summary>Whether end users have scopes of their own.</summary>
    public bool HasUsers => Policy?.EndUserDefaults is not null || Overrides.Count > 0;

    /// <summary>Null when all that a decision about an end user needs is in memory, else its reading: to be asked again after it, until null.</summary>
    public Task? ReadingOf(string? user) => user is null || CeilingsOf(user) is null ? null : Users.ReadingOf(user);

    /// <summary>
    /// Whether what a decision or a report needs of an end user can be seen, without taking it into memory; else wait for the reading and ask again. The user is null
    /// where it has no scope.
    /// </summary>
    public bool TryLook(string? user, [NotNullWhen(false)] ref Task<ShelfLook<ScopeAccount>>? reading, out ScopeAccount? scope)
    {
        scope = null;
        return user is null || CeilingsOf(user) is null || Users.TryLook(user, ref reading!, out scope);
    }

    /// <summary>The same for a scope by its name.</summary>
    public Task? ReadingOfScope(string name) => ReadingOf(ScopeName.UserOf(name));

    /// <summary>The same for what an entry of the book changes.</summary>
    public Task? ReadingOf(BookEntry entry) => ReadingOf(UserOf(entry));

    /// <summary>The end user whose scope an entry may change.</summary>
    public static string? UserOf(BookEntry entry) => entry switch
    {
        BookEntry.Held held => held.User,
        BookEntry.Adjusted adjusted => ScopeName.UserOf(adjusted.Adjustment.Scope),
        _ => null,
    };

    /// <summary>The scopes a request is decided in, with their ceilings: tenant, key and, where users have ceilings, the end user.</summary>
    public (ScopeAccount Account, ScopePolicy Policy)[] ScopesOf(string? keyId, string? user)
    {
        var users = user is null ? null : CeilingsOf(user);
        var scopes = new (ScopeAccount, ScopePolicy)[1 + (keyId is null ? 0 : 1) + (users is null ? 0 : 1)];
        scopes[0] = (TenantScope, _tenantCeilings);
        if (keyId is not null) scopes[1] = (KeyScope(keyId), CeilingsOfKey(keyId));
        if (users is not null) scopes[^1] = (Users.Get(user!), users);
        return scopes;
    }

    /// <summary>The same with an end user as it was looked at in this turn; null where it has no scope.</summary>
    public (ScopeAccount Account, ScopePolicy Policy)[] ScopesSeen(string? keyId, ScopeAccount? user) =>
        user is not null && CeilingsOf(user.Key) is { } ceilings ? [.. ScopesOf(keyId, null), (user, ceilings)] : ScopesOf(keyId, null);

    /// <summary>The scopes a hold was decided in, with the ceilings they have now.</summary>
    public (ScopeAccount Account, ScopePolicy Policy)[] ScopesOf(Hold hold)
    {
        var scopes = new (ScopeAccount, ScopePolicy)[hold.Scopes.Length];
        for (var i = 0; i < scopes.Length; i++)
        {
            scopes[i] = (hold.Scopes[i], i == 0 ? _tenantCeilings
                : i == 1 && hold.Entry.KeyId is { } key ? CeilingsOfKey(key)
                : CeilingsOf(hold.Entry.User!) ?? NoCeilings);
        }
        return scopes;
    }

    /// <summary>
    /// The time in which budgets are reckoned: now, or the newest entry's when the clock is behind it. It never goes back, so a window that
    /// was left is never opened again, and a raise that ended stays ended.
    /// </summary>
    public DateTimeOffset BookTime(DateTimeOffset now) => now > _bookTime ? now : _bookTime;

    /// <summary>One scope by its name, with its ceilings; null when there is no such key, or end users have no ceilings.</summary>
    public (ScopeAccount Account, ScopePolicy Policy)? ScopeNamed(string name) => name switch
    {
        ScopeName.Tenant => (TenantScope, _tenantCeilings),
        _ when ScopeName.KeyOf(name) is { } id && _keys.TryGetValue(id, out var key) => (KeyScope(id), key.Policy),
        _ when ScopeName.UserOf(name) is { } user && CeilingsOf(user) is { } ceilings => (Users.Get(user), ceilings),
        _ => null,
    };

    /// <summary>Applies the entry with a sequence number of the book. What is stored by itself may go further already: there it changes nothing.</summary>
    public void Apply(BookEntry entry, long seq)
    {
        _bookTime = BookTime(entry.At);
        switch (entry)
        {
            case BookEntry.Held held:
                Apply(held, seq);
                break;
            case BookEntry.Posted posted:
                Close(posted, new PostingReceipt(posted.Cost, posted.Absorbed), seq);
                break;
            case BookEntry.Voided voided:
                Close(voided, default, seq);
                break;
            case BookEntry.Suspended suspended:
                Suspend(suspended, seq);
                break;
            case BookEntry.Adjusted adjusted:
                Apply(adjusted.Adjustment, seq);
                break;
            case BookEntry.Recovered recovered:
                Apply(recovered, seq);
                break;
            case BookEntry.Alerted alerted:
                Alerts.HandedOver(alerted.Ids);
                break;
            case BookEntry.KeySet set:
                _keys[set.Key.Id] = set.Key;
                break;
            case BookEntry.UserSet set:
                Overrides.Apply(set);
                break;
            case BookEntry.PolicySet set:
                if (Policy is null) CreatedAt = set.At;
                SetPolicy(set.Policy, set.Version, set.At);
                break;
            default:
                throw new StoreUnavailableException($"A release that knows '{entry.GetType().Name}' entries wrote this book.");
        }
    }

    private void SetPolicy(TenantPolicy policy, long version, DateTimeOffset at)
    {
        Policy = policy;
        Version = version;
        UpdatedAt = at;
        _tenantCeilings = new ScopePolicy { Limits = policy.Limits, Budgets = policy.Budgets };
        Zone = TimeZoneInfo.FindSystemTimeZoneById(policy.TimeZone);
    }

    private ScopePolicy CeilingsOfKey(string keyId) => _keys.TryGetValue(keyId, out var key) ? key.Policy : NoCeilings;

    /// <summary>An end user's ceilings; null when there are none, and so no scope.</summary>
    private ScopePolicy? CeilingsOf(string user) => Overrides.TryFind(user, out var own) ? own.Policy : Policy?.EndUserDefaults;

    private ScopeAccount KeyScope(string keyId)
    {
        if (!_keyScopes.TryGetValue(keyId, out var account)) _keyScopes[keyId] = account = new ScopeAccount(ScopeName.OfKey(keyId), keyId, time);
        return account;
    }

    private void Keep(Hold hold)
    {
        _holds[hold.Id] = hold;
        for (var i = 0; i < hold.Scopes.Length; i++)
        {
            foreach (var bucket in hold.Windows[i]) bucket.Holds++;
            if (hold.InSuspense) hold.Scopes[i].Suspended++;
            else hold.Scopes[i].Open++;
        }
    }

    private void Forget(Hold hold)
    {
        _holds.Remove(hold.Id);
        for (var i = 0; i < hold.Scopes.Length; i++)
        {
            foreach (var bucket in hold.Windows[i]) bucket.Holds--;
            if (hold.InSuspense) hold.Scopes[i].Suspended--;
            else hold.Scopes[i].Open--;
        }
    }

    /// <summary>Whether an entry is yet to change a scope, which is then to be stored.</summary>
    private static bool Changes(ScopeAccount scope, long seq)
    {
        if (seq <= scope.FoldedTo) return false;
        scope.Change();
        return true;
    }

    private void Apply(BookEntry.Held entry, long seq)
    {
        var ceilings = ScopesOf(entry.KeyId, entry.User);
        var scopes = new ScopeAccount[ceilings.Length];
        var windows = new BudgetBucket[ceilings.Length][];
        for (var i = 0; i < ceilings.Length; i++)
        {
            scopes[i] = ceilings[i].Account;
            if (!Changes(scopes[i], seq))
            {
                windows[i] = scopes[i].Buckets.At(_bookTime);
                continue;
            }
            windows[i] = scopes[i].Buckets.Roll(_bookTime, Zone, ceilings[i].Policy.Budgets);
            foreach (var bucket in windows[i]) bucket.Held += entry.Amount;
        }
        Keep(new Hold(entry, _bookTime, scopes, windows) { Keyed = Idempotency.Follow(entry, _bookTime) });
    }

    private void Apply(Adjustment adjustment, long seq)
    {
        Adjustments.Remember(adjustment);
        if (ScopeNamed(adjustment.Scope) is not { } scope) return;
        var changes = Changes(scope.Account, seq);
        switch (adjustment.Kind)
        {
            case AdjustmentKind.Credit or AdjustmentKind.Raise when !changes:
                break;
            case AdjustmentKind.Credit:
                (scope.Account.Raises ??= new BudgetRaises()).AddCredit(adjustment.AmountUsd);
                break;
            case AdjustmentKind.Raise:
                (scope.Account.Raises ??= new BudgetRaises()).Add(new BudgetRaise(adjustment.Window!.Value, adjustment.AmountUsd, adjustment.Until!.Value), _bookTime);
                break;
            default:
                if (changes) Correct(scope.Account, scope.Policy, adjustment);
                else Alerts.Recall(scope.Account);
                // A key's and an end user's spending is the tenant's too.
                if (scope.Account != TenantScope) Correct(TenantScope, _tenantCeilings, adjustment);
                break;
        }
    }

    private void Correct(ScopeAccount scope, ScopePolicy policy, Adjustment adjustment)
    {
        var windows = scope.Buckets.Roll(_bookTime, Zone, policy.Budgets);
        scope.Buckets.Correct(adjustment.Invoiced);
        Alerts.Compare(this, scope, policy, windows, adjustment.Id, adjustment.At);
    }

    private void Close(BookEntry.OfHold entry, PostingReceipt receipt, long seq)
    {
        Closed.Remember(entry.Hold, receipt, entry.At);
        if (!_holds.TryGetValue(entry.Hold, out var hold)) return;
        // A posting to one of those that this hold stands for is repeated with its own attempt.
        for (var attempt = hold.Entry.Extends ?? entry.Attempt; attempt < entry.Attempt; attempt++) Closed.Remember(entry.Hold with { Attempt = attempt }, receipt, entry.At);
        if (hold.Keyed is { } keyed) Idempotency.Close(keyed, hold.Id, entry is BookEntry.Posted ? receipt : null);
        LateEndings.Note(hold, entry.At);
        for (var i = 0; i < hold.Scopes.Length; i++)
        {
            if (!Changes(hold.Scopes[i], seq)) continue;
            foreach (var bucket in hold.Windows[i])
            {
                if (hold.InSuspense) bucket.Suspense -= hold.Amount;
                else bucket.Held -= hold.Amount;
                bucket.Settled += receipt.Invoiced;
                bucket.Absorbed += receipt.Absorbed;
            }
        }
        Forget(hold);
        if (entry is BookEntry.Posted posted) CompareAlerts(hold, posted, seq);
        CorrectTokens(hold, entry is BookEntry.Posted { Usage: var usage } ? usage.Total : 0);
    }

    private void Suspend(BookEntry.Suspended entry, long seq)
    {
        if (!_holds.TryGetValue(entry.Hold, out var hold) || hold.InSuspense) return;
        LateEndings.Note(hold, entry.At);
        hold.InSuspense = true;
        hold.Keyed?.Suspend(hold.Id);
        hold.Suspense = entry;
        for (var i = 0; i < hold.Scopes.Length; i++)
        {
            hold.Scopes[i].Open--;
            hold.Scopes[i].Suspended++;
            if (!Changes(hold.Scopes[i], seq)) continue;
            foreach (var bucket in hold.Windows[i])
            {
                bucket.Held -= hold.Amount;
                bucket.Suspense += hold.Amount;
            }
        }
    }

    private static void CorrectTokens(Hold hold, long used)
    {
        if (hold.Charge is not { } charge) return;
        for (var i = 0; i < hold.Scopes.Length; i++) hold.Scopes[i].Rates.CorrectTokens(charge.Slots[i], used - charge.Tokens);
    }

    // A scope that got its ceilings after the hold was made has no part in it.
    private void CompareAlerts(Hold hold, BookEntry.Posted posted, long seq)
    {
        var scopes = ScopesOf(hold);
        for (var i = 0; i < scopes.Length; i++)
        {
            var (account, policy) = scopes[i];
            if (seq <= account.FoldedTo)
            {
                Alerts.Recall(account);
                continue;
            }
            account.Burn.Add(_bookTime, posted.Cost + posted.Absorbed);
            Alerts.Compare(this, account, policy, hold.Windows[i], $"{posted.Request}/{posted.Attempt}", posted.At);
        }
    }
}
