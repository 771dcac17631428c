namespace OrleansGateway;

/// <summary>
/// The thresholds that a tenant's spending has crossed and that are still to be handed over. Part of the fold: the same entries always give
/// the same events with the same ids, live or replayed, until an entry says that they were handed over.
/// </summary>
internal sealed class BudgetAlerts
{
    private readonly List<WebhookEvent> _pending = [];
    private readonly Dictionary<string, ScopeAccount> _scopes = [];

    /// <summary>What is to be handed over, oldest first.</summary>
    public IReadOnlyList<WebhookEvent> Pending => _pending;

    public void Restore(IReadOnlyList<WebhookEvent>? pending) => _pending.AddRange(pending ?? []);

    public void HandedOver(IReadOnlyList<string> ids)
    {
        var gone = ids.ToHashSet(StringComparer.Ordinal);
        _pending.RemoveAll(e => gone.Contains(e.Id));
        foreach (var id in ids)
            if (_scopes.Remove(id, out var scope)) scope.Pending!.RemoveAll(e => e.Id == id);
    }

    /// <summary>
    /// Takes the events that a scope's stored state had, in the place of an entry that is folded into that state already: what the entry raised and was
    /// not handed over by then.
    /// </summary>
    public void Recall(ScopeAccount scope)
    {
        foreach (var stored in scope.Stored ?? [])
            if (!_pending.Exists(e => e.Id == stored.Id)) Add(stored, scope);
    }

    /// <summary>
    /// Compares what was spent with every threshold of a scope. A share is crossed once per calendar window, whatever becomes of the limit; in
    /// a rolling one again only after an earlier entry found the spending below it. A limit of nothing has no shares.
    /// </summary>
    /// <param name="tenant">The tenant's account.</param>
    /// <param name="scope">Whose spending grew.</param>
    /// <param name="policy">Its budgets.</param>
    /// <param name="windows">The windows in which it grew.</param>
    /// <param name="cause">What made it grow: names a crossing of a rolling window, which has no start of its own.</param>
    /// <param name="at">When it was booked.</param>
    public void Compare(TenantAccount tenant, ScopeAccount scope, ScopePolicy policy, BudgetBucket[] windows, string cause, DateTimeOffset at)
    {
        foreach (var budget in policy.Budgets)
        {
            if (budget.AlertAt.IsEmpty) continue;
            var kind = RollingBuckets.KindOf(budget.Window);
            if (Array.Find(windows, b => b.Kind == kind) is not { } bucket) continue;

            var now = tenant.BookTime(at);
            var rolling = budget.Window.Kind == WindowKind.Rolling;
            var standing = rolling ? scope.Buckets.Standing(budget, now, tenant.Zone) : BudgetStanding.Of(bucket);
            var limit = standing.LimitOf(budget, scope.Raised(budget.Window, now));
            var spent = standing.Settled + standing.Absorbed;
            foreach (var share in budget.AlertAt.Order())
            {
                var reached = spent > Money.Zero && limit > Money.Zero && spent.Usd >= share * limit.Usd;
                if (!(rolling ? scope.Alerts.Mark(budget.Window, share, reached) : reached && bucket.MarkAlert(share))) continue;
                var threshold = new BudgetThreshold
                {
                    Scope = scope.Name,
                    Window = budget.Window,
                    WindowStart = rolling ? now - TimeSpan.FromDays(budget.Window.Days) : budget.Window.Kind == WindowKind.Total ? null : bucket.Start,
                    ResetsAt = standing.ResetsAt,
                    Threshold = share,
                    LimitUsd = limit,
                    SpentUsd = spent,
                };
                var id = AlertId.Of(tenant.Policy!.Id, threshold, rolling ? cause : null);
                Add(new WebhookEvent { Id = id, Type = WebhookEvent.BudgetThresholdType, At = at, Threshold = threshold }, scope);
            }
        }
    }

    private void Add(WebhookEvent happening, ScopeAccount scope)
    {
        _pending.Add(happening);
        (scope.Pending ??= []).Add(happening);
        _scopes[happening.Id] = scope;
    }
}
