using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrleansGateway;

/// <summary>Measures what tenants decide and book. Entries count once, when this silo appends them; those that are read again do not.</summary>
internal sealed class TenantInstruments
{
    private readonly ConcurrentDictionary<TenantAccount, byte> _accounts = new();
    private readonly TenantLabels _labels;
    private readonly Counter<long> _admissions;
    private readonly Counter<long> _denials;
    private readonly Counter<long> _holds;
    private readonly Counter<long> _postings;
    private readonly Counter<long> _invoiced;
    private readonly Counter<long> _absorbed;
    private readonly Counter<long> _tokens;

    public TenantInstruments(GatewayMeter meter, TenantLabels labels)
    {
        _labels = labels;
        _admissions = Metrics.Admissions.CounterOn(meter);
        _denials = Metrics.Denials.CounterOn(meter);
        _holds = Metrics.Holds.CounterOn(meter);
        _postings = Metrics.Postings.CounterOn(meter);
        _invoiced = Metrics.CostInvoiced.CounterOn(meter);
        _absorbed = Metrics.CostAbsorbed.CounterOn(meter);
        _tokens = Metrics.TenantTokens.CounterOn(meter);
        Metrics.HoldsOpen.GaugeOn(meter, CountHolds);
    }

    /// <summary>A tenant has an activation here, whose holds count.</summary>
    public void OnLoaded(TenantAccount account) => _accounts.TryAdd(account, 0);

    /// <summary>Its activation has ended.</summary>
    public void OnUnloaded(TenantAccount account) => _accounts.TryRemove(account, out _);

    /// <summary>A request was decided on.</summary>
    public void OnDecided(string tenantId, ReservationOutcome outcome)
    {
        var tags = new TagList { { MetricLabels.Tenant, _labels.Of(tenantId) } };
        if (outcome is ReservationOutcome.Granted or ReservationOutcome.Replay)
        {
            tags.Add(MetricLabels.Outcome, outcome is ReservationOutcome.Granted ? "granted" : "replayed");
            _admissions.Add(1, tags);
            return;
        }
        tags.Add(MetricLabels.Reason, DenialWords.Of(outcome));
        tags.Add(MetricLabels.Scope, DenialWords.ScopeOf(outcome));
        _denials.Add(1, tags);
    }

    /// <summary>An entry was appended to a tenant's book.</summary>
    public void OnAppended(string tenantId, BookEntry entry)
    {
        switch (entry)
        {
            case BookEntry.Held held:
                _holds.Add(1, new TagList { { MetricLabels.Kind, held.Extends is not null ? "extended" : held.Attempt > 1 ? "renewed" : "first" } });
                break;
            case BookEntry.Posted posted:
                OnEnded("posted", posted.Outcome, posted.Resolves);
                OnCharged(tenantId, posted);
                break;
            case BookEntry.Voided voided:
                OnEnded("void", voided.Outcome, voided.Resolves);
                break;
            case BookEntry.Suspended suspended:
                OnEnded("suspense", suspended.Outcome, resolves: false);
                break;
        }
    }

    private void OnEnded(string kind, string outcome, bool resolves) =>
        _postings.Add(1, new TagList { { MetricLabels.Kind, resolves ? "resolved" : kind }, { MetricLabels.Outcome, outcome } });

    private void OnCharged(string tenantId, BookEntry.Posted posted)
    {
        var tenant = _labels.Of(tenantId);
        _tokens.Add(posted.Usage.Input, new TagList { { MetricLabels.Tenant, tenant }, { MetricLabels.TokenType, "input" } });
        _tokens.Add(posted.Usage.Output, new TagList { { MetricLabels.Tenant, tenant }, { MetricLabels.TokenType, "output" } });
        var tags = new TagList { { MetricLabels.Provider, posted.Provider }, { MetricLabels.Model, posted.Model } };
        if (posted.Absorbed != Money.Zero) _absorbed.Add(posted.Absorbed.NanoDollars, tags);
        tags.Add(MetricLabels.Tenant, tenant);
        _invoiced.Add(posted.Cost.NanoDollars, tags);
    }

    // From outside the tenants' turns: two numbers of each, as they happen to stand.
    private IEnumerable<Measurement<long>> CountHolds()
    {
        var (pending, suspense) = (0L, 0L);
        foreach (var (account, _) in _accounts)
        {
            pending += account.TenantScope.Open;
            suspense += account.TenantScope.Suspended;
        }
        yield return new(pending, new KeyValuePair<string, object?>(MetricLabels.Kind, "pending"));
        yield return new(suspense, new KeyValuePair<string, object?>(MetricLabels.Kind, "suspense"));
    }
}
