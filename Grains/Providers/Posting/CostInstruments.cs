using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrleansGateway;

/// <summary>Measures how prices and holds fit what upstreams charge. Amounts are nano-dollars, so that sums stay exact.</summary>
internal sealed class CostInstruments(GatewayMeter meter)
{
    private readonly Counter<long> _compared = Metrics.CostCompared.CounterOn(meter);
    private readonly UpDownCounter<long> _drift = Metrics.CostDrift.UpDownCounterOn(meter);
    private readonly Counter<long> _overruns = Metrics.CostOverruns.CounterOn(meter);

    /// <summary>An upstream told its own cost of a call, so far above the price card's.</summary>
    public void OnCompared(string? provider, string? model, long aboveNanoDollars)
    {
        var tags = Tags(provider, model);
        _drift.Add(aboveNanoDollars, tags);
        tags.Add(MetricLabels.Outcome, aboveNanoDollars == 0 ? "equal" : aboveNanoDollars > 0 ? "above" : "below");
        _compared.Add(1, tags);
    }

    /// <summary>A call cost more than was held for it.</summary>
    public void OnOverrun(string? provider, string? model) => _overruns.Add(1, Tags(provider, model));

    private static TagList Tags(string? provider, string? model) => new() { { MetricLabels.Provider, provider }, { MetricLabels.Model, model } };
}
