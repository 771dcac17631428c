using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Clocks;

public sealed class ClockComparisonTests : IDisposable
{
    private readonly FakeTimeProvider _true = new();
    private readonly GatewayMeter _meter = new();
    private readonly ListLogger<ClockComparison> _log = new();
    private readonly OffClock _machine;
    private readonly ClusterTime _time;
    private readonly SharedClock _shared;
    private readonly ClockComparison _comparison;

    public ClockComparisonTests()
    {
        _machine = new OffClock(_true);
        _time = new ClusterTime(_machine);
        _shared = new SharedClock(_true);
        _comparison = new ClockComparison(_time, _shared, _meter, _log);
    }

    public void Dispose() => _meter.Dispose();

    [Fact]
    public async Task A_clock_that_is_apart_is_told_once_and_when_it_is_set_right()
    {
        await _comparison.CompareAsync();
        _machine.Ahead = TimeSpan.FromDays(40);
        await _comparison.CompareAsync();
        await _comparison.CompareAsync();
        Assert.Equal(["clock_skew"], _log.Lines.Select(line => line.Event));

        _machine.Ahead = TimeSpan.FromMilliseconds(40);
        await _comparison.CompareAsync();

        Assert.Equal(["clock_skew", "clock_in_step"], _log.Lines.Select(line => line.Event));
    }

    [Fact]
    public async Task How_far_both_clocks_are_off_is_measured()
    {
        using var measurements = new Measurements(_meter);
        await _comparison.CompareAsync();
        _machine.Ahead = TimeSpan.FromHours(-1);
        await _comparison.CompareAsync();

        measurements.Observe();
        Assert.Equal(-3_600, measurements.Of("gateway.clock.offset{gateway.clock=machine}"));
        Assert.Equal(0, measurements.Of("gateway.clock.offset{gateway.clock=shared}"));
    }

    [Fact]
    public async Task Half_of_what_the_answer_took_is_added_to_what_it_says()
    {
        _machine.Ahead = TimeSpan.FromDays(1);
        _shared.Each = TimeSpan.FromMilliseconds(100);

        await _comparison.CompareAsync();

        // It was asked, took the half of it to get there, was read and took as long to come back.
        Assert.Equal(_true.GetUtcNow(), _time.GetUtcNow());
    }

    [Fact]
    public async Task An_answer_that_took_too_long_says_nothing()
    {
        _machine.Ahead = TimeSpan.FromDays(1);
        _shared.Each = TimeSpan.FromSeconds(1);

        await _comparison.CompareAsync();

        Assert.Equal(_machine.GetUtcNow(), _time.GetUtcNow());
    }

    private sealed class SharedClock(FakeTimeProvider time) : ISharedClock
    {
        /// <summary>How long the question is under way, and the answer.</summary>
        public TimeSpan Each { get; set; }

        public string Name => "the test's clock";

        public Task<DateTimeOffset> NowAsync()
        {
            time.Advance(Each);
            var now = time.GetUtcNow();
            time.Advance(Each);
            return Task.FromResult(now);
        }
    }
}
