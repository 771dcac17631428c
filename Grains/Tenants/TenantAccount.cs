namespace OrleansGateway;

/// <summary>
/// A tenant's state: the fold of its book's entries. Deciding is <see cref="Admission"/>'s; this only knows what an entry changes. The
/// same entries always give the same state, live or replayed.
/// </summary>
internal sealed class TenantAccount(TimeProvider time)
{
    private static readonly ScopePolicy NoCeilings = new();

    private readonly Dictionary<string, ApiKeyRecord> _keys = [];
    private readonly Dictionary<string, ScopeAccount> _keyScopes = [];
    private readonly Dictionary<string, ScopeAccount> _userScopes = [];
    private readonly Dictionary<HoldId, Hold> _holds = [];
    private ScopePolicy _tenantCeilings = NoCeilings;
    private DateTimeOffset _bookTime;

    /// <summary>Null until the tenant is opened.</summary>
    public TenantPolicy? Policy { get; private set; }

    public long Version { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;

    public ScopeAccount TenantScope { get; } = new("tenant", time);

    public IReadOnlyDictionary<string, ApiKeyRecord> Keys => _keys;

    public IReadOnlyCollection<Hold> Holds => _holds.Values;

    public ClosedHolds Closed { get; } = new();

    public BookedAdjustments Adjustments { get; } = new();

    /// <summary>Thresholds crossed by what was applied since this was last emptied.</summary>
    public List<ThresholdCrossed> Crossings { get; } = [];

    public Hold? FindHold(HoldId id) => _holds.GetValueOrDefault(id);

    /// <summary>The scopes a request is decided in, with their ceilings: tenant, key and, where users have ceilings, the end user.</summary>
    public (ScopeAccount Account, ScopePolicy Policy)[] ScopesOf(string? keyId, string? user)
    {
        var users = user is null ? null : Policy!.EndUserDefaults;
        var scopes = new (ScopeAccount, ScopePolicy)[1 + (keyId is null ? 0 : 1) + (users is null ? 0 : 1)];
        scopes[0] = (TenantScope, _tenantCeilings);
        if (keyId is not null) scopes[1] = (KeyScope(keyId), _keys.TryGetValue(keyId, out var key) ? key.Policy : NoCeilings);
        if (users is not null) scopes[^1] = (UserScope(user!), users);
        return scopes;
    }

    /// <summary>
    /// The time in which budgets are reckoned: now, or the newest entry's when the clock is behind it. It never goes back, so a window that
    /// was left is never opened again, and a raise that ended stays ended.
    /// </summary>
    public DateTimeOffset BookTime(DateTimeOffset now) => now > _bookTime ? now : _bookTime;

    /// <summary>One scope by its name, with its ceilings; null when there is no such key, or end users have no ceilings.</summary>
    public (ScopeAccount Account, ScopePolicy Policy)? ScopeNamed(string name) => name.Split(':', 2) switch
    {
        ["tenant"] => (TenantScope, _tenantCeilings),
        ["key", var id] when _keys.TryGetValue(id, out var key) => (KeyScope(id), key.Policy),
        ["user", { Length: > 0 } user] when ScopesOf(null, user) is { Length: > 1 } scopes => scopes[^1],
        _ => null,
    };

    public void Apply(BookEntry entry)
    {
        _bookTime = BookTime(entry.At);
        switch (entry)
        {
            case BookEntry.Held held:
                Apply(held);
                break;
            case BookEntry.Posted posted:
                Close(posted, new PostingReceipt(posted.Cost, posted.Absorbed));
                break;
            case BookEntry.Voided voided:
                Close(voided, default);
                break;
            case BookEntry.Suspended suspended:
                Suspend(suspended);
                break;
            case BookEntry.Adjusted adjusted:
                Apply(adjusted.Adjustment);
                break;
            case BookEntry.KeySet set:
                _keys[set.Key.Id] = set.Key;
                break;
            case BookEntry.PolicySet set:
                if (Policy is null) CreatedAt = set.At;
                SetPolicy(set.Policy, set.Version, set.At);
                break;
            default:
                throw new StoreUnavailableException($"A release that knows '{entry.GetType().Name}' entries wrote this book.");
        }
    }

    public TenantSnapshot ToSnapshot(long seq) => new()
    {
        Seq = seq,
        Policy = Policy,
        Version = Version,
        CreatedAt = CreatedAt,
        UpdatedAt = UpdatedAt,
        BookTime = _bookTime,
        Keys = [.. _keys.Values],
        Scopes = [.. _keyScopes.Values.Concat(_userScopes.Values).Prepend(TenantScope).Select(ToState)],
        Holds = [.. _holds.Values.Select(h => new TenantSnapshot.HoldState { Entry = h.Entry, LandedAt = h.LandedAt == h.Entry.At ? null : h.LandedAt, InSuspense = h.InSuspense })],
        Adjustments = Adjustments.All.ToList() is { Count: > 0 } adjustments ? adjustments : null,
    };

    /// <summary>Takes a snapshot's state; only into an account that is still empty.</summary>
    public void Restore(TenantSnapshot snapshot)
    {
        if (snapshot.Policy is null) return;
        CreatedAt = snapshot.CreatedAt;
        SetPolicy(snapshot.Policy, snapshot.Version, snapshot.UpdatedAt);
        foreach (var key in snapshot.Keys) _keys[key.Id] = key;

        var windows = new Dictionary<string, List<BudgetBucket>>();
        foreach (var scope in snapshot.Scopes)
        {
            var account = ScopeToRestore(scope.Name);
            var buckets = scope.Windows.Select(w => w.ToBucket()).ToList();
            windows[scope.Name] = buckets;
            account.Buckets.Restore(buckets, [.. buckets.Where((_, i) => scope.Windows[i].Past)]);
            if (scope.Credit == Money.Zero && scope.Raises is null) continue;
            account.Raises = new BudgetRaises();
            account.Raises.AddCredit(scope.Credit);
            foreach (var raise in scope.Raises ?? []) account.Raises.Add(raise, DateTimeOffset.MinValue);
        }
        foreach (var adjustment in snapshot.Adjustments ?? []) Adjustments.Remember(adjustment);

        foreach (var state in snapshot.Holds)
        {
            var landedAt = state.LandedAt ?? state.Entry.At;
            var scopes = ScopesOf(state.Entry.KeyId, state.Entry.User).Select(s => s.Account).ToArray();
            var hold = new Hold(state.Entry, landedAt, scopes, [.. scopes.Select(s => WindowsAt(windows.GetValueOrDefault(s.Name) ?? [], landedAt))])
            {
                InSuspense = state.InSuspense,
            };
            _holds[hold.Id] = hold;
            if (!hold.InSuspense) foreach (var scope in scopes) scope.Open++;
        }
        _bookTime = snapshot.BookTime;
    }

    private void SetPolicy(TenantPolicy policy, long version, DateTimeOffset at)
    {
        Policy = policy;
        Version = version;
        UpdatedAt = at;
        _tenantCeilings = new ScopePolicy { Limits = policy.Limits, Budgets = policy.Budgets };
        Zone = TimeZoneInfo.FindSystemTimeZoneById(policy.TimeZone);
    }

    private ScopeAccount ScopeToRestore(string name) => name.Split(':', 2) switch
    {
        ["key", var id] => KeyScope(id),
        ["user", var user] => UserScope(user),
        _ => TenantScope,
    };

    private ScopeAccount KeyScope(string keyId) => Scope(_keyScopes, keyId, "key:");

    private ScopeAccount UserScope(string user) => Scope(_userScopes, user, "user:");

    private ScopeAccount Scope(Dictionary<string, ScopeAccount> scopes, string id, string prefix)
    {
        if (!scopes.TryGetValue(id, out var account)) scopes[id] = account = new ScopeAccount(prefix + id, time);
        return account;
    }

    private void Apply(BookEntry.Held entry)
    {
        var ceilings = ScopesOf(entry.KeyId, entry.User);
        var scopes = new ScopeAccount[ceilings.Length];
        var windows = new BudgetBucket[ceilings.Length][];
        for (var i = 0; i < ceilings.Length; i++)
        {
            scopes[i] = ceilings[i].Account;
            windows[i] = scopes[i].Buckets.Roll(_bookTime, Zone, ceilings[i].Policy.Budgets);
            foreach (var bucket in windows[i]) bucket.Held += entry.Amount;
            scopes[i].Open++;
        }
        _holds[entry.Hold] = new Hold(entry, _bookTime, scopes, windows);
    }

    private void Apply(Adjustment adjustment)
    {
        Adjustments.Remember(adjustment);
        if (ScopeNamed(adjustment.Scope) is not { } scope) return;
        switch (adjustment.Kind)
        {
            case AdjustmentKind.Credit:
                (scope.Account.Raises ??= new BudgetRaises()).AddCredit(adjustment.AmountUsd);
                break;
            case AdjustmentKind.Raise:
                (scope.Account.Raises ??= new BudgetRaises()).Add(new BudgetRaise(adjustment.Window!.Value, adjustment.AmountUsd, adjustment.Until!.Value), _bookTime);
                break;
            default:
                Correct(scope.Account, scope.Policy, adjustment);
                // A key's and an end user's spending is the tenant's too.
                if (scope.Account != TenantScope) Correct(TenantScope, _tenantCeilings, adjustment);
                break;
        }
    }

    private void Correct(ScopeAccount scope, ScopePolicy policy, Adjustment adjustment)
    {
        var windows = scope.Buckets.Roll(_bookTime, Zone, policy.Budgets);
        foreach (var bucket in windows)
        {
            if (adjustment.Invoiced.IsNegative) bucket.Refunded -= adjustment.Invoiced;
            else bucket.Settled += adjustment.Invoiced;
        }
        RaiseAlerts(scope, policy, windows, adjustment.Invoiced, adjustment.At);
    }

    private void Close(BookEntry.OfHold entry, PostingReceipt receipt)
    {
        Closed.Remember(entry.Hold, receipt);
        if (!_holds.Remove(entry.Hold, out var hold)) return;
        for (var i = 0; i < hold.Scopes.Length; i++)
        {
            foreach (var bucket in hold.Windows[i])
            {
                if (hold.InSuspense) bucket.Suspense -= hold.Amount;
                else bucket.Held -= hold.Amount;
                bucket.Settled += receipt.Invoiced;
                bucket.Absorbed += receipt.Absorbed;
            }
            if (!hold.InSuspense) hold.Scopes[i].Open--;
        }
        if (entry is BookEntry.Posted posted) RaiseAlerts(hold, posted);
        CorrectTokens(hold, entry is BookEntry.Posted { Usage: var usage } ? usage.Total : 0);
    }

    private void Suspend(BookEntry.Suspended entry)
    {
        if (!_holds.TryGetValue(entry.Hold, out var hold) || hold.InSuspense) return;
        hold.InSuspense = true;
        for (var i = 0; i < hold.Scopes.Length; i++)
        {
            foreach (var bucket in hold.Windows[i])
            {
                bucket.Held -= hold.Amount;
                bucket.Suspense += hold.Amount;
            }
            hold.Scopes[i].Open--;
        }
    }

    private static void CorrectTokens(Hold hold, long used)
    {
        if (hold.Charge is not { } charge) return;
        for (var i = 0; i < hold.Scopes.Length; i++) hold.Scopes[i].Rates.CorrectTokens(charge.Slots[i], used - charge.Tokens);
    }

    private void RaiseAlerts(Hold hold, BookEntry.Posted posted)
    {
        foreach (var (account, policy) in ScopesOf(hold.Entry.KeyId, hold.Entry.User))
        {
            // A scope that got its ceilings after the hold was made has no part in it.
            var i = Array.IndexOf(hold.Scopes, account);
            if (i >= 0) RaiseAlerts(account, policy, hold.Windows[i], posted.Cost + posted.Absorbed, posted.At);
        }
    }

    private void RaiseAlerts(ScopeAccount scope, ScopePolicy policy, BudgetBucket[] windows, Money added, DateTimeOffset at)
    {
        foreach (var budget in policy.Budgets)
        {
            if (budget.AlertAt.IsEmpty) continue;
            var kind = RollingBuckets.KindOf(budget.Window);
            if (Array.Find(windows, b => b.Kind == kind) is not { } bucket) continue;

            var rolling = budget.Window.Kind == WindowKind.Rolling;
            var standing = rolling ? scope.Buckets.Standing(budget, _bookTime, Zone) : BudgetStanding.Of(bucket);
            var limit = standing.LimitOf(budget, scope.Raised(budget.Window, _bookTime));
            var spent = standing.Settled + standing.Absorbed;
            foreach (var share in budget.AlertAt.Order().Skip(rolling ? 0 : bucket.AlertsRaised))
            {
                if (spent.Usd < share * limit.Usd) break;
                // A rolling window has no end after which thresholds could be crossed anew: it is crossed when it was not before.
                if (rolling && (spent - added).Usd >= share * limit.Usd) continue;
                if (!rolling) bucket.AlertsRaised++;
                Crossings.Add(new ThresholdCrossed(scope.Name, budget.Window, bucket.Start, share, limit, spent, at));
            }
        }
    }

    private TenantSnapshot.ScopeState ToState(ScopeAccount scope) => new()
    {
        Name = scope.Name,
        // A window that has rolled is kept for as long as a hold may still land in it.
        Windows = [.. scope.Buckets.Current
            .Concat(_holds.Values.SelectMany(h => h.Windows.Where((_, i) => h.Scopes[i] == scope)).SelectMany(w => w))
            .Except(scope.Buckets.Past)
            .Select(b => TenantSnapshot.BucketState.Of(b, past: false))
            .Concat(scope.Buckets.Past.Select(b => TenantSnapshot.BucketState.Of(b, past: true)))],
        Credit = scope.Raises?.Credit ?? Money.Zero,
        Raises = scope.Raises is { Raises: { Count: > 0 } raises } ? raises : null,
    };

    // The one that was newest then: of those that had not ended, the first to end.
    private static BudgetBucket[] WindowsAt(List<BudgetBucket> restored, DateTimeOffset at) =>
        [.. restored.Where(b => b.End > at).GroupBy(b => b.Kind).Select(kind => kind.MinBy(b => b.End)!)];
}

/// <summary>A budget's spending passed one of its alert thresholds for the first time in a window.</summary>
internal sealed record ThresholdCrossed(
    string Scope, BudgetWindow Window, DateTimeOffset WindowStart, decimal Share, Money Limit, Money Spent, DateTimeOffset At);
