namespace OrleansGateway;

/// <summary>Budgets' windows, requests under way and rates of one scope. Those of end users are kept on a shelf, under the user's name.</summary>
internal sealed class ScopeAccount(string name, string key, TimeProvider time) : ShelfItem<TenantSnapshot.ScopeState>(key)
{
    public string Name { get; } = name;

    public BudgetBuckets Buckets { get; } = new();

    /// <summary>What adjustments add to its limits; null for the most of scopes, which have none.</summary>
    public BudgetRaises? Raises { get; set; }

    /// <summary>How fast it spends.</summary>
    public BurnRates Burn { get; } = new();

    /// <summary>Which thresholds its rolling budgets stand above.</summary>
    public RollingAlerts Alerts { get; } = new();

    /// <summary>Events of its spending that are still to be handed over: until then it stays in memory. Null for the most of scopes.</summary>
    public List<WebhookEvent>? Pending { get; set; }

    /// <summary>Those that its stored state had: the entries that raised them do not change it again.</summary>
    public IReadOnlyList<WebhookEvent>? Stored { get; private set; }

    public RateLimiter Rates { get; } = new(time);

    /// <summary>Holds that are pending: the concurrency slots in use.</summary>
    public int Open { get; set; }

    /// <summary>Holds in suspense.</summary>
    public int Suspended { get; set; }

    public override bool IsIdle => Open == 0 && Suspended == 0 && Rates.IsEmpty && Pending is not { Count: > 0 };

    /// <summary>What adjustments add to a budget's limit at an instant.</summary>
    public Money Raised(BudgetWindow window, DateTimeOffset at) => Raises?.At(window, at) ?? Money.Zero;

    // A window that has rolled is kept for as long as a hold may still land in it.
    public override TenantSnapshot.ScopeState ToState() => new()
    {
        Name = Name,
        Windows = [.. Buckets.Current.Concat(Buckets.Left).Except(Buckets.Past).Select(b => TenantSnapshot.BucketState.Of(b, past: false)),
            .. Buckets.Past.Select(b => TenantSnapshot.BucketState.Of(b, past: true))],
        Credit = Raises?.Credit ?? Money.Zero,
        Raises = Raises is { Raises: { Count: > 0 } raises } ? [.. raises] : null,
        RollingAlerts = Alerts.Above is { } above ? [.. above] : null,
        Burn = Burn.ToState(),
        Pending = Pending is { Count: > 0 } pending ? [.. pending] : null,
    };

    public void Restore(TenantSnapshot.ScopeState state)
    {
        var buckets = state.Windows.Select(w => w.ToBucket()).ToList();
        Buckets.Restore(buckets, [.. buckets.Where((_, i) => state.Windows[i].Past)]);
        Alerts.Restore(state.RollingAlerts);
        Burn.Restore(state.Burn);
        Stored = state.Pending;
        if (state.Credit == Money.Zero && state.Raises is null) return;
        Raises = new BudgetRaises();
        Raises.AddCredit(state.Credit);
        foreach (var raise in state.Raises ?? []) Raises.Add(raise, DateTimeOffset.MinValue);
    }
}
