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

    public void Apply(BookEntry entry)
    {
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
        Keys = [.. _keys.Values],
        Scopes = [.. _keyScopes.Values.Concat(_userScopes.Values).Prepend(TenantScope).Select(ToState)],
        Holds = [.. _holds.Values.Select(h => new TenantSnapshot.HoldState { Entry = h.Entry, InSuspense = h.InSuspense })],
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
            var buckets = scope.Windows.Select(w => w.ToBucket()).ToList();
            windows[scope.Name] = buckets;
            ScopeNamed(scope.Name).Buckets.Restore(buckets, snapshot.UpdatedAt, Zone);
        }

        foreach (var state in snapshot.Holds)
        {
            var scopes = ScopesOf(state.Entry.KeyId, state.Entry.User).Select(s => s.Account).ToArray();
            var hold = new Hold(state.Entry, scopes, [.. scopes.Select(s => WindowsAt(s, windows.GetValueOrDefault(s.Name) ?? [], state.Entry.At))])
            {
                InSuspense = state.InSuspense,
            };
            _holds[hold.Id] = hold;
            if (!hold.InSuspense) foreach (var scope in scopes) scope.Open++;
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

    private ScopeAccount ScopeNamed(string name) => name.Split(':', 2) switch
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
        var scopes = ScopesOf(entry.KeyId, entry.User).Select(s => s.Account).ToArray();
        var windows = new BudgetBucket[scopes.Length][];
        for (var i = 0; i < scopes.Length; i++)
        {
            windows[i] = scopes[i].Buckets.At(entry.At, Zone);
            foreach (var bucket in windows[i]) bucket.Held += entry.Amount;
            scopes[i].Open++;
        }
        _holds[entry.Hold] = new Hold(entry, scopes, windows);
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
            foreach (var budget in policy.Budgets)
            {
                if (budget.AlertAt.IsEmpty) continue;
                var windows = hold.Windows[Array.IndexOf(hold.Scopes, account)];
                var bucket = windows[(int)budget.Window];
                foreach (var share in budget.AlertAt.Order().Skip(bucket.AlertsRaised))
                {
                    if ((bucket.Settled + bucket.Absorbed).Usd < share * budget.LimitUsd.Usd) break;
                    bucket.AlertsRaised++;
                    Crossings.Add(new ThresholdCrossed(account.Name, budget.Window, bucket.Start, share, budget.LimitUsd, bucket.Settled + bucket.Absorbed, posted.At));
                }
            }
        }
    }

    private TenantSnapshot.ScopeState ToState(ScopeAccount scope) => new()
    {
        Name = scope.Name,
        // A window that has rolled is kept for as long as a hold may still land in it.
        Windows = [.. scope.Buckets.Current
            .Concat(_holds.Values.SelectMany(h => h.Windows.Where((_, i) => h.Scopes[i] == scope)).SelectMany(w => w))
            .Distinct()
            .Select(TenantSnapshot.BucketState.Of)],
    };

    private BudgetBucket[] WindowsAt(ScopeAccount scope, List<BudgetBucket> restored, DateTimeOffset at)
    {
        var current = scope.Buckets.At(at, Zone);
        return [.. current.Select(c => restored.Find(b => b.Kind == c.Kind && b.Contains(at)) ?? c)];
    }
}

/// <summary>A budget's spending passed one of its alert thresholds for the first time in a window.</summary>
internal sealed record ThresholdCrossed(
    string Scope, BudgetWindow Window, DateTimeOffset WindowStart, decimal Share, Money Limit, Money Spent, DateTimeOffset At);
