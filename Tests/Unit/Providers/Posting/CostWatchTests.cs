using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

public sealed class CostWatchTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ListLogger<CostWatch> _log = new();
    private readonly GatewayMeter _meter = new();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _measured = [];
    private readonly UpstreamHealth _health;
    private readonly CostWatch _watch;

    public CostWatchTests()
    {
        _health = new UpstreamHealth(new PoolTime(_time));
        _watch = new CostWatch(new CostInstruments(_meter), _health, new PoolTime(_time), _log);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Other tests have instruments of the same names.
            if (instrument.Meter == _meter.Meter) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var result = "";
            foreach (var tag in tags)
                if (tag.Key == MetricLabels.Outcome) result = $":{tag.Value}";
            _measured[instrument.Name + result] = _measured.GetValueOrDefault(instrument.Name + result) + value;
        });
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void A_drift_is_told_at_once_and_then_once_a_minute_with_all_that_came_since()
    {
        Look(cost: 0.001m, upstream: 0.0012m);
        var first = Assert.Single(_log.Lines);
        Assert.Equal(("cost_drift", LogLevel.Warning), (first.Event, first.Level));
        Assert.Contains("holysheep says that 1 calls of gpt-4.1 cost 0.0002 USD more than price card 2026-01-01 does", first.Text, StringComparison.Ordinal);

        for (var i = 0; i < 10; i++) Look(cost: 0.001m, upstream: 0.0013m);
        Assert.Single(_log.Lines);

        _time.Advance(TimeSpan.FromMinutes(1));
        Look(cost: 0.001m, upstream: 0.0005m);
        Assert.Contains("11 calls of gpt-4.1 cost 0.0025 USD more", _log.Lines[^1].Text, StringComparison.Ordinal);
        Assert.Equal((2, 200_000 + 3_000_000 - 500_000L), (_log.Lines.Count, _measured["gateway.cost.drift"]));
        Assert.Equal((11, 1), (_measured["gateway.cost.compared:above"], _measured["gateway.cost.compared:below"]));
    }

    [Fact]
    public void One_models_drift_does_not_silence_anothers()
    {
        Look(cost: 0.001m, upstream: 0.002m);
        Look(cost: 0.001m, upstream: 0.002m, model: "deepseek-v3.2");
        Assert.Equal(2, _log.Lines.Count);
    }

    [Theory]
    [InlineData(0.001, 0.001)]
    [InlineData(0.0001234, 0.000124)]
    [InlineData(1, 1.01)]
    public void What_rounding_explains_is_measured_and_not_told(double cost, double upstream)
    {
        Look((decimal)cost, (decimal)upstream);
        Assert.Empty(_log.Lines);
        Assert.Equal((long)(((decimal)upstream - (decimal)cost) * 1_000_000_000m), _measured["gateway.cost.drift"]);
    }

    [Fact]
    public void An_estimate_and_an_upstream_that_tells_no_cost_are_not_compared()
    {
        Look(cost: 0.001m, upstream: 0.5m, estimated: true);
        Look(cost: 0.001m, upstream: null);
        Assert.Empty(_log.Lines);
        Assert.Empty(_measured);
    }

    [Fact]
    public void Usage_above_the_hold_is_an_error_and_stops_the_model_for_a_minute()
    {
        Look(cost: 1.5m, upstream: null);
        Assert.Equal(("overrun", LogLevel.Error), (_log.Lines.Single().Event, _log.Lines.Single().Level));
        Assert.Contains("1.5 USD, more than the 1 USD held", _log.Lines.Single().Text, StringComparison.Ordinal);
        Assert.Equal(1, _measured["gateway.cost.overruns"]);
        Assert.Equal(TimeSpan.FromMinutes(1), _health.Left(_health.RestOf("holysheep", "gpt-4.1")!));
        Assert.Null(_health.RestOf("holysheep", "deepseek-v3.2"));
    }

    [Fact]
    public void An_estimate_above_the_hold_stops_nothing()
    {
        Look(cost: 1.5m, upstream: null, estimated: true);
        Assert.Null(_health.RestOf("holysheep", "gpt-4.1"));
    }

    private void Look(decimal cost, decimal? upstream, string model = "gpt-4.1", bool estimated = false)
    {
        using var pool = new ScriptedPool();
        _watch.Look(pool.Plan(), new Posting
        {
            Hold = new HoldId("req_1", 1),
            Kind = PostingKind.Posted,
            Provider = "holysheep",
            Model = model,
            Cost = Money.FromUsd(cost),
            PriceVersion = "2026-01-01",
            Outcome = "ok",
            Estimated = estimated,
            UpstreamCost = upstream is { } told ? Money.FromUsd(told) : null,
        });
    }
}
