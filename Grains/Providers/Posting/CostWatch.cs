using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Watches what calls cost against what the upstream says they cost, and against what was held. It changes no cost: the price card is
/// believed. A drift stands in the ledger call by call; here it is measured, and told once a minute and model. A model whose usage passes what was held
/// for it is stopped for a while: what is held bounds nothing there.
/// </summary>
internal sealed partial class CostWatch(CostInstruments instruments, UpstreamHealth health, PoolTime time, ILogger<CostWatch> logger)
{
    /// <summary>How long a model is stopped that used more than was held for it.</summary>
    public static readonly TimeSpan OverrunRest = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    // Upstreams round their costs, most often to a millionth of a dollar.
    private const long RoundingNanoDollars = 1_000;

    // As many as the catalog has models.
    private readonly ConcurrentDictionary<(string? Provider, string? Model), Drift> _drifts = new();

    /// <summary>Looks at a posting before it is booked.</summary>
    public void Look(ProviderPlan plan, Posting posting)
    {
        if (posting.Kind != PostingKind.Posted) return;
        if (posting is { Provider: { } provider, Model: { } model }) health.Of(provider, model).OnSpent(posting.Cost);
        if (posting.Cost > plan.Held)
        {
            instruments.OnOverrun(posting.Provider, posting.Model);
            LogOverrun(posting.Hold, posting.Provider, posting.Model, posting.Cost, plan.Held);
            if (posting is { Estimated: false, Provider: { } culprit, Model: { } stopped })
                health.Of(culprit, stopped).LeaveAlone(time.GetUtcNow() + OverrunRest, UpstreamFailureKind.Unavailable);
        }

        // An estimate is high on purpose: that it differs says nothing about prices.
        if (posting is { UpstreamCost: { } told, Estimated: false }) Compare(posting, told.NanoDollars - posting.Cost.NanoDollars);
    }

    private void Compare(Posting posting, long above)
    {
        instruments.OnCompared(posting.Provider, posting.Model, above);
        if (Math.Abs(above) <= Math.Max(RoundingNanoDollars, posting.Cost.NanoDollars / 100)) return;

        var drift = _drifts.GetOrAdd((posting.Provider, posting.Model), static _ => new Drift());
        if (drift.Add(above, time.GetUtcNow()) is { } sum)
            LogDrift(posting.Provider, posting.Model, sum.Calls, new Money(sum.NanoDollars), posting.PriceVersion, posting.Hold);
    }

    /// <summary>The calls of one model that drifted since that was last told.</summary>
    private sealed class Drift
    {
        private readonly Lock _lock = new();
        private DateTimeOffset _silentUntil;
        private long _calls;
        private long _nanoDollars;

        /// <summary>Adds a call; gives all since the last time when they are to be told now.</summary>
        public (long Calls, long NanoDollars)? Add(long nanoDollars, DateTimeOffset now)
        {
            lock (_lock)
            {
                _calls++;
                _nanoDollars += nanoDollars;
                if (now < _silentUntil) return null;
                _silentUntil = now + Silence;
                var sum = (_calls, _nanoDollars);
                (_calls, _nanoDollars) = (0, 0);
                return sum;
            }
        }
    }

    [LoggerMessage(EventName = "cost_drift", Level = LogLevel.Warning, Message = "{Provider} says that {Calls} calls of {Model} cost {Drift} USD more than price card {PriceVersion} does, the last being {Hold}: check the card against its price list")]
    private partial void LogDrift(string? provider, string? model, long calls, Money drift, string? priceVersion, HoldId hold);

    [LoggerMessage(EventName = "overrun", Level = LogLevel.Error, Message = "{Hold}: {Provider} reports usage of {Model} for {Cost} USD, more than the {Held} USD held for it; the rest counts against the budgets and is not invoiced, and the model is not called for a minute")]
    private partial void LogOverrun(HoldId hold, string? provider, string? model, Money cost, Money held);
}
