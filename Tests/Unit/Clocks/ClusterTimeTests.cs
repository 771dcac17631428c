using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Clocks;

public sealed class ClusterTimeTests
{
    private static readonly TimeSpan Days = TimeSpan.FromDays(40);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider _true = new();
    private readonly OffClock _machine;
    private readonly ClusterTime _time;

    public ClusterTimeTests()
    {
        _machine = new OffClock(_true);
        _time = new ClusterTime(_machine);
    }

    private DateTimeOffset True => _true.GetUtcNow();

    [Fact]
    public void Before_anybody_else_was_asked_it_is_the_machines()
    {
        _machine.Ahead = Hour;

        Assert.Equal(True + Hour, _time.GetUtcNow());
    }

    [Fact]
    public void A_process_that_starts_with_a_wrong_clock_takes_the_shared_one()
    {
        _machine.Ahead = Days;

        Assert.Equal(new ClockOffsets(Days, TimeSpan.Zero), _time.Set(True));
        Assert.Equal(True, _time.GetUtcNow());
    }

    [Theory]
    [InlineData(40 * 24)]
    [InlineData(-1)]
    public void A_machines_clock_that_jumps_moves_nothing_before_or_after_the_next_comparison(int hours)
    {
        _time.Set(True);
        _machine.Ahead = TimeSpan.FromHours(hours);
        _true.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(True, _time.GetUtcNow());
        Assert.Equal(new ClockOffsets(_machine.Ahead, TimeSpan.Zero), _time.Set(True));
        Assert.Equal(True, _time.GetUtcNow());
    }

    [Fact]
    public void A_shared_clock_that_jumps_moves_nothing()
    {
        _time.Set(True);
        _true.Advance(Hour);

        Assert.Equal(new ClockOffsets(TimeSpan.Zero, Days), _time.Set(True + Days));
        Assert.Equal(True, _time.GetUtcNow());
    }

    [Fact]
    public void Its_own_course_is_corrected_when_both_clocks_say_so()
    {
        _time.Set(True - Hour);
        _machine.Ahead = TimeSpan.FromSeconds(1);

        _time.Set(True);

        Assert.Equal(True, _time.GetUtcNow());
    }

    [Fact]
    public void Timers_and_time_stamps_are_the_machines()
    {
        var rang = false;
        using var timer = _time.CreateTimer(_ => rang = true, null, Hour, Timeout.InfiniteTimeSpan);
        var stamp = _time.GetTimestamp();
        _machine.Ahead = Days;
        _true.Advance(Hour);

        Assert.True(rang);
        Assert.Equal(Hour, _time.GetElapsedTime(stamp));
    }
}
