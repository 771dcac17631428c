using System.Diagnostics.Metrics;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

/// <summary>What an attempt has while it lasts, and that nothing of it is lost when something goes wrong.</summary>
public sealed class AttemptTests : IDisposable
{
    private const string Answer = """{"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":10,"completion_tokens":5}}""";

    private readonly ScriptedPool _pool = new(options => options.Limits.ConcurrentRequests = 1);
    private readonly UpstreamClient _client;
    private readonly FairLane _fair;
    private readonly TargetHealth _health;
    private readonly AimedCall _aimed;

    public AttemptTests()
    {
        _client = new UpstreamClient(new ProviderOptions { BaseAddress = new Uri("https://a.test/v1"), ApiKey = "key-of-a" }, _pool.A);
        _fair = new FairLane(new LaneOptions(new LaneLimits { ConcurrentRequests = 1 }, TimeSpan.FromSeconds(1), 10, Learns: false), share: 1, _pool.Time);
        _health = new TargetHealth("a", "m1", new PoolTime(_pool.Time));
        _aimed = new UpstreamCall(_pool.Plan(), ScriptedPool.Request(), null, new PoolTime(_pool.Time)).Aim(ScriptedPool.TargetA, _client, _health, hasAnother: false);
    }

    public void Dispose()
    {
        _fair.Dispose();
        _client.Dispose();
        _pool.Dispose();
    }

    [Fact]
    public void It_has_its_turn_and_is_counted_until_it_has_ended()
    {
        using var attempt = Begin(_pool.Instruments);
        Assert.Equal((1, 1, 1, false), (attempt.Number, _health.InFlight, attempt.Lane.Health.InFlight, _fair.HasRoom(1)));
        attempt.End(new AttemptOutcome.Failed(UpstreamFailureKind.Error, "upstream_404"));
        Assert.Equal((0, 0, true), (_health.InFlight, attempt.Lane.Health.InFlight, _fair.HasRoom(1)));
    }

    [Fact]
    public void Of_two_ends_one_counts()
    {
        using (var attempt = Begin(_pool.Instruments)) attempt.End(new AttemptOutcome.Failed(UpstreamFailureKind.Error, "upstream_404"));
        Assert.Equal((0, "upstream_404"), (_health.InFlight, Assert.Single(_health.Report().Outcomes).Key));
    }

    [Fact]
    public void One_that_nobody_ended_gives_back_what_it_had()
    {
        var attempt = Begin(_pool.Instruments);
        attempt.Dispose();
        Assert.Equal((0, 0, true), (_health.InFlight, attempt.Lane.Health.InFlight, _fair.HasRoom(1)));
        Assert.Equal("internal_error", Assert.Single(_health.Report().Outcomes).Key);
    }

    [Fact]
    public void One_that_cannot_begin_leaves_nothing_behind()
    {
        var instruments = new UpstreamInstruments(_pool.Meter, _pool.Health, new BrokenClock());
        Assert.Throws<NotSupportedException>(() => Begin(instruments));
        Assert.Equal((0, true), (_health.InFlight, _fair.HasRoom(1)));
    }

    [Fact]
    public async Task Who_listens_to_what_is_measured_and_fails_takes_neither_the_answer_nor_its_place()
    {
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == _pool.Meter.Meter && instrument.Name is "gateway.attempts") listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => throw new NotSupportedException());
        listener.Start();
        _pool.A.Always = () => ScriptedUpstream.Response(Answer);
        for (var i = 0; i < 2; i++) Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        Assert.Equal((0, true), (_pool.Health.Of("a", "m1").InFlight, _pool.Health.Of("a", "m1").Lane("default").Fair!.HasRoom(1)));
        Assert.Equal(2, _pool.Holds.Postings.Count);
    }

    [Fact]
    public async Task Who_listens_to_waits_and_fails_takes_no_turn()
    {
        using (var listener = new MeterListener { InstrumentPublished = Listen })
        {
            listener.SetMeasurementEventCallback<double>((_, _, _, _) => throw new NotSupportedException());
            listener.Start();
            Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        }
        _pool.A.Answers(Answer);
        Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());

        void Listen(Instrument instrument, MeterListener listener)
        {
            if (instrument.Meter == _pool.Meter.Meter && instrument.Name == Metrics.QueueWait.Name) listener.EnableMeasurementEvents(instrument);
        }
    }

    private Attempt Begin(UpstreamInstruments instruments)
    {
        Assert.True(_fair.TryEnter("acme", 1, 10));
        var lane = new KeyLane("a", _client.Keys[0], "m1", new LaneHealth(new PoolTime(_pool.Time)), _fair);
        return new Attempt(_aimed, lane, new Turn(_fair, 10), instruments);
    }

    private sealed class BrokenClock : TimeProvider
    {
        public override long GetTimestamp() => throw new NotSupportedException();
    }
}
