using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrleansGateway;

/// <summary>Measures how prices and holds fit what upstreams charge. Amounts are nano-dollars, so that sums stay exact.</summary>
internal sealed class CostInstruments : IDisposable
{
    public const string MeterName = "OrleansGateway.Costs";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _compared;
    private readonly UpDownCounter<long> _drift;
    private readonly Counter<long> _overruns;

    public CostInstruments()
    {
        _compared = _meter.CreateCounter<long>("gateway.cost.compared", "{call}", "Calls whose upstream told its own cost, by whether that is equal to, above or below the price card's.");
        _drift = _meter.CreateUpDownCounter<long>("gateway.cost.drift", "nUSD", "How far the costs that upstreams told lie above the price cards', summed.");
        _overruns = _meter.CreateCounter<long>("gateway.cost.overruns", "{call}", "Calls that cost more than was held for them.");
    }

    /// <summary>An upstream told its own cost of a call, so far above the price card's.</summary>
    public void OnCompared(string? provider, string? model, long aboveNanoDollars)
    {
        var tags = Tags(provider, model);
        _drift.Add(aboveNanoDollars, tags);
        tags.Add("result", aboveNanoDollars == 0 ? "equal" : aboveNanoDollars > 0 ? "above" : "below");
        _compared.Add(1, tags);
    }

    /// <summary>A call cost more than was held for it.</summary>
    public void OnOverrun(string? provider, string? model) => _overruns.Add(1, Tags(provider, model));

    /// <summary>Whether a meter is this one; another silo in the process has its own.</summary>
    public bool Has(Meter meter) => ReferenceEquals(meter, _meter);

    public void Dispose() => _meter.Dispose();

    private static TagList Tags(string? provider, string? model) => new() { { "provider", provider }, { "model", model } };
}
