using System.Diagnostics.Metrics;

namespace OrleansGateway.Tests.Unit.Telemetry;

/// <summary>Recording costs the request path next to nothing: no byte, whoever listens.</summary>
public sealed class RecordingCostTests
{
    [Fact]
    public void What_is_recorded_for_a_request_allocates_nothing()
    {
        using var meter = new GatewayMeter();
        var time = TimeProvider.System;
        var tenants = new TenantInstruments(meter, new TenantLabels(new TelemetryOptions()));
        var books = new BookInstruments(meter);
        var upstreams = new UpstreamInstruments(meter, new UpstreamHealth(new PoolTime(time)), time);
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter == meter.Meter) self.EnableMeasurementEvents(instrument); } };
        var heard = 0;
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => heard++);
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => heard++);
        listener.Start();
        var target = new PlanTarget("a", "m1", "m1", TestKit.ScriptedPool.Price, 1_000);
        var outcome = new ReservationOutcome.Suspended();
        var attempt = new AttemptOutcome.Answered(new ProviderAnswer.Completed(new AnsweredBy("a", "m1", 1, false), default, new TokenUsage(3, 4), default, "ok"));
        var held = new BookEntry.Voided { At = default, Request = "r", Attempt = 1, Outcome = "ok" };
        var posted = new BookEntry.Posted
        {
            At = default,
            Request = "r",
            Attempt = 1,
            Usage = new TokenUsage(3, 4),
            Cost = new Money(5),
            Outcome = "ok",
            Provider = "a",
            Model = "m1",
        };

        for (var i = 0; i < 100; i++) Record();
        heard = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) Record();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(15_000, heard);

        void Record()
        {
            tenants.OnDecided("acme", outcome);
            tenants.OnAppended("acme", held);
            tenants.OnAppended("acme", posted);
            books.OnAppend(BookInstruments.Appended, 2, TimeSpan.FromMilliseconds(1));
            upstreams.OnStreams(target, 1);
            upstreams.OnStreams(target, -1);
            upstreams.OnFirstChunk(UpstreamApi.Chat, target, TimeSpan.FromMilliseconds(1));
            upstreams.OnEnded(UpstreamApi.Chat, target, attempt, TimeSpan.FromMilliseconds(2));
        }
    }
}
