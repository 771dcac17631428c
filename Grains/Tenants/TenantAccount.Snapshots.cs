namespace OrleansGateway;

/// <summary>The fold as a snapshot, and from one: at a start, and where a book goes on after a loss.</summary>
internal sealed partial class TenantAccount
{
    /// <summary>All but what is on shelves.</summary>
    public TenantSnapshot ToSnapshot(long seq) => new()
    {
        Seq = seq,
        Policy = Policy,
        Version = Version,
        CreatedAt = CreatedAt,
        UpdatedAt = UpdatedAt,
        BookTime = _bookTime,
        Keys = [.. _keys.Values],
        Users = Overrides.Count > 0 ? [.. Overrides.All] : null,
        UsersVersion = Overrides.Version,
        Scopes = [.. _keyScopes.Values.Prepend(TenantScope).Select(scope => scope.ToState())],
        Holds = [.. _holds.Values.Select(h => new TenantSnapshot.HoldState
        {
            Entry = h.Entry,
            LandedAt = h.LandedAt == h.Entry.At ? null : h.LandedAt,
            InSuspense = h.InSuspense,
            OfUser = h.OfUser,
            Suspense = h.Suspense,
        })],
        Recovery = Recovery,
        Adjustments = Adjustments.All.ToList() is { Count: > 0 } adjustments ? adjustments : null,
        Alerts = Alerts.Pending.ToList() is { Count: > 0 } alerts ? alerts : null,
        IdempotencyKeys = Idempotency.ToState(_holds.Values),
        LateEndings = LateEndings.All.ToList() is { Count: > 0 } endings ? endings : null,
    };

    /// <summary>The end users that must be in memory before <see cref="Restore"/>.</summary>
    public static IEnumerable<string> UsersOf(TenantSnapshot snapshot) => snapshot.Holds.Select(h => h.Entry.User).OfType<string>();

    /// <summary>Takes a snapshot's state; only into an account that is still empty but for <see cref="UsersOf"/>.</summary>
    public void Restore(TenantSnapshot snapshot)
    {
        Recovery = snapshot.Recovery;
        if (snapshot.Policy is null) return;
        CreatedAt = snapshot.CreatedAt;
        SetPolicy(snapshot.Policy, snapshot.Version, snapshot.UpdatedAt);
        foreach (var key in snapshot.Keys) _keys[key.Id] = key;
        Overrides.Restore(snapshot.Users ?? [], snapshot.UsersVersion);

        foreach (var scope in snapshot.Scopes)
        {
            // End users were in the snapshot once: the next one puts them on the shelf.
            if (ScopeName.UserOf(scope.Name) is { } user) Users.Adopt(user, scope, snapshot.Seq);
            else (ScopeName.KeyOf(scope.Name) is { } id ? KeyScope(id) : TenantScope).Restore(scope);
        }
        foreach (var adjustment in snapshot.Adjustments ?? []) Adjustments.Remember(adjustment);
        foreach (var ending in snapshot.LateEndings ?? []) LateEndings.Remember(ending);
        Alerts.Restore(snapshot.Alerts);

        var keyed = Idempotency.Restore(snapshot.IdempotencyKeys);
        foreach (var state in snapshot.Holds)
        {
            var landedAt = state.LandedAt ?? state.Entry.At;
            var scopes = ScopesOf(state).ToArray();
            var hold = new Hold(state.Entry, landedAt, scopes, [.. scopes.Select(s => s.Buckets.At(landedAt))])
            {
                InSuspense = state.InSuspense,
                Keyed = keyed(state.Entry, landedAt),
                Suspense = state.Suspense,
            };
            Keep(hold);
        }
        _bookTime = snapshot.BookTime;
    }

    private void Apply(BookEntry.Recovered entry, long seq)
    {
        if (entry.State is { } state)
        {
            var bookTime = _bookTime;
            foreach (var hold in _holds.Values.ToList()) Forget(hold);
            (Policy, Version, CreatedAt, UpdatedAt, _tenantCeilings, Zone) = (null, 0, default, default, NoCeilings, TimeZoneInfo.Utc);
            TenantScope = new ScopeAccount(ScopeName.Tenant, ScopeName.Tenant, time);
            _keys.Clear();
            _keyScopes.Clear();
            Idempotency = new IdempotencyKeys();
            Alerts = new BudgetAlerts();
            Restore(state);
            // Some are the fold of entries that were lost: what comes after is new to them.
            Users.Rebase(seq);
            _bookTime = BookTime(bookTime);
        }
        Recovery = entry.Recovery;
    }

    // Snapshots used to say nothing of whether a hold is its end user's too: then the policy does.
    private IEnumerable<ScopeAccount> ScopesOf(TenantSnapshot.HoldState hold)
    {
        yield return TenantScope;
        if (hold.Entry.KeyId is { } key) yield return KeyScope(key);
        if (hold.Entry.User is { } user && (hold.OfUser ?? CeilingsOf(user) is not null)) yield return Users.Get(user);
    }
}
