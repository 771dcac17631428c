using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.Unit.Providers.Fair;

public sealed class FairLaneTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly FakeTimeProvider _time = new();
    private readonly List<FairLane> _lanes = [];

    public void Dispose()
    {
        foreach (var lane in _lanes) lane.Dispose();
    }

    [Fact]
    public async Task Without_a_known_limit_nothing_waits()
    {
        var lane = Lane(new LaneLimits());
        Assert.False(lane.IsLimited);
        Assert.Null(lane.Report());
        for (var i = 0; i < 100; i++) Assert.True((await Enter(lane, "t")).MayGo);
    }

    [Fact]
    public async Task A_tenth_of_the_minute_passes_at_once_and_the_rest_evenly()
    {
        var lane = Lane(new LaneLimits { RequestsPerMinute = 80 });
        for (var i = 0; i < 8; i++) Assert.True((await Enter(lane, "t")).MayGo);
        var (ninth, tenth) = (Enter(lane, "t"), Enter(lane, "t"));
        Assert.Equal(2, lane.Report()!.Waiting);
        _time.Advance(TimeSpan.FromSeconds(0.74));
        Assert.False(ninth.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.02));
        Assert.True((await ninth).MayGo);
        Assert.False(tenth.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.75));
        Assert.True((await tenth).MayGo);
    }

    [Fact]
    public async Task Who_cannot_be_served_in_time_is_shed_at_once_and_told_when_there_is_room()
    {
        var lane = Lane(new LaneLimits { RequestsPerMinute = 80 });
        for (var i = 0; i < 8; i++) await Enter(lane, "t");
        var (first, second, third) = (Enter(lane, "t"), Enter(lane, "t"), Enter(lane, "t"));
        Assert.False(first.IsCompleted || second.IsCompleted);
        var shed = await third;
        Assert.False(shed.MayGo);
        Assert.Equal(2.25, shed.RetryAfter.TotalSeconds, 0.01);
        Assert.Equal((2, 1L), (lane.Report()!.Waiting, lane.Report()!.Shed));
    }

    [Fact]
    public async Task A_newcomer_within_its_share_takes_the_place_of_the_last_of_a_tenant_beyond_its()
    {
        var lane = Lane(new LaneLimits { RequestsPerMinute = 80 });
        for (var i = 0; i < 8; i++) await Enter(lane, "greedy");
        var (first, second) = (Enter(lane, "greedy"), Enter(lane, "greedy"));
        var modest = Enter(lane, "modest");
        Assert.False((await second).MayGo);
        Assert.False(first.IsCompleted || modest.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.76));
        _time.Advance(TimeSpan.FromSeconds(0.75));
        Assert.True((await first).MayGo && (await modest).MayGo);
    }

    [Fact]
    public async Task Tokens_count_as_thought_and_in_the_end_as_taken()
    {
        var lane = Lane(new LaneLimits { TokensPerMinute = 6_000 });
        Assert.True((await Enter(lane, "t", tokens: 600)).MayGo);
        var next = Enter(lane, "t", tokens: 100);
        Assert.False(next.IsCompleted);
        // It took a tenth of what was thought.
        lane.Leave(thought: 600, taken: 60, sent: true);
        Assert.True((await next).MayGo);
    }

    [Fact]
    public async Task A_request_above_what_ever_gathers_goes_when_as_much_as_can_has_gathered()
    {
        var lane = Lane(new LaneLimits { TokensPerMinute = 6_000 });
        Assert.True((await Enter(lane, "t", tokens: 1_000)).MayGo);
        Assert.False((await Enter(lane, "t", tokens: 1_000)).MayGo);
        _time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.True((await Enter(lane, "t", tokens: 1_000)).MayGo);
    }

    [Fact]
    public async Task Slots_free_themselves_as_requests_end_and_waits_are_bounded_all_the_same()
    {
        var lane = Lane(new LaneLimits { ConcurrentRequests = 2 });
        await Enter(lane, "a");
        await Enter(lane, "a");
        var (second, third) = (Enter(lane, "a"), Enter(lane, "b"));
        lane.Leave(10, 10, sent: true);
        Assert.True((await second).MayGo);
        Assert.False(third.IsCompleted);
        _time.Advance(Patience);
        Assert.False((await third).MayGo);
        Assert.Equal(0, lane.Report()!.Waiting);
    }

    [Fact]
    public async Task A_queue_that_is_full_sheds_its_last()
    {
        var lane = Lane(new LaneLimits { ConcurrentRequests = 1 }, mostWaiting: 2);
        await Enter(lane, "a");
        var (first, second, other) = (Enter(lane, "a"), Enter(lane, "a"), Enter(lane, "b"));
        Assert.False((await second).MayGo);
        Assert.False(first.IsCompleted || other.IsCompleted);
    }

    [Fact]
    public async Task Whoever_is_gone_leaves_the_queue()
    {
        var lane = Lane(new LaneLimits { ConcurrentRequests = 1 });
        await Enter(lane, "a");
        using var gone = new CancellationTokenSource();
        var waits = lane.EnterAsync("a", 1, 10, Patience, gone.Token).AsTask();
        await gone.CancelAsync();
        Assert.False((await waits).MayGo);
        Assert.Equal(0, lane.Report()!.Waiting);
    }

    [Fact]
    public async Task A_request_whose_own_time_is_over_sooner_waits_no_longer_than_that()
    {
        var lane = Lane(new LaneLimits { ConcurrentRequests = 1 });
        await Enter(lane, "a");
        var waits = lane.EnterAsync("a", 1, 10, TimeSpan.FromSeconds(1)).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False((await waits).MayGo);
    }

    [Fact]
    public async Task What_must_not_wait_counts_all_the_same_and_what_was_never_sent_does_not()
    {
        var lane = Lane(new LaneLimits { RequestsPerMinute = 10 });
        await Enter(lane, "a");
        lane.Leave(10, 0, sent: false);
        Assert.True((await Enter(lane, "a")).MayGo);
        lane.EnterUnasked(10);
        Assert.Equal(-1, Assert.Single(lane.Report()!.Limits).Remaining);
    }

    [Fact]
    public async Task What_an_answer_says_is_believed_for_a_minute()
    {
        var lane = Lane(new LaneLimits());
        lane.Hear(new LimitsTold(new LimitTold(60, 1, null), null));
        Assert.True(lane.IsLimited);
        Assert.Equal(new LaneLimitReport(QuotaKind.RequestsPerMinute, LimitSource.Learned, 60, 1), Assert.Single(lane.Report()!.Limits));
        Assert.True((await Enter(lane, "t")).MayGo);
        Assert.False(Enter(lane, "t").IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Null(lane.Report());
        Assert.False(lane.IsLimited);
    }

    [Fact]
    public async Task A_learned_limit_lets_through_what_the_upstream_says_is_left()
    {
        var lane = Lane(new LaneLimits());
        lane.Hear(new LimitsTold(new LimitTold(60, 40, null), null));
        for (var i = 0; i < 40; i++) Assert.True((await Enter(lane, "t")).MayGo);
        var next = Enter(lane, "t");
        Assert.False(next.IsCompleted);
        // It counts less than was sent: it knows best, but may not have counted yet what is under way.
        lane.Hear(new LimitsTold(new LimitTold(60, 40, null), null));
        Assert.Equal(1, lane.Report()!.Waiting);
        lane.Hear(new LimitsTold(new LimitTold(60, 42, null), null));
        Assert.True((await next).MayGo);
        Assert.Equal(1, Assert.Single(lane.Report()!.Limits).Remaining);
        lane.Hear(new LimitsTold(new LimitTold(60, 0, null), null));
        Assert.Equal(0, Assert.Single(lane.Report()!.Limits).Remaining);
    }

    [Fact]
    public async Task An_upstream_whose_count_never_falls_keeps_nobody_waiting()
    {
        var lane = Lane(new LaneLimits());
        for (var i = 0; i < 50; i++)
        {
            lane.Hear(new LimitsTold(new LimitTold(10, 9, null), new LimitTold(1_000, 999, null)));
            Assert.True((await Enter(lane, "t")).MayGo);
            lane.Leave(10, 10, sent: true);
        }
    }

    [Fact]
    public void A_lane_that_is_not_to_learn_does_not()
    {
        var lane = Lane(new LaneLimits(), learns: false);
        lane.Hear(new LimitsTold(new LimitTold(60, 0, null), null));
        Assert.False(lane.IsLimited);
    }

    [Fact]
    public async Task A_silo_keeps_to_its_part()
    {
        var lane = Lane(new LaneLimits { RequestsPerMinute = 600, ConcurrentRequests = 100 });
        lane.SetShare(0.1);
        for (var i = 0; i < 6; i++) Assert.True((await Enter(lane, "t")).MayGo);
        var next = Enter(lane, "t");
        _time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True((await next).MayGo);
        for (var i = 0; i < 7; i++) lane.Leave(10, 10, sent: true);
        Assert.Equal(10, lane.Report()!.Limits.Single(limit => limit.Kind == QuotaKind.ConcurrentRequests).Remaining);
    }

    [Fact]
    public async Task What_is_asked_for_is_told_as_a_part_of_the_limit_with_the_weights_of_those_who_ask()
    {
        var lane = Lane(new LaneLimits { RequestsPerMinute = 60 });
        for (var second = 0; second < 120; second++)
        {
            foreach (var (tenant, weight) in new[] { ("a", 1), ("b", 3) }) _ = lane.EnterAsync(tenant, weight, 10, Patience).AsTask();
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        var report = lane.Report()!;
        Assert.Equal(2, report.Demand, 0.4); // just before the next
        Assert.Equal(4, report.Weight);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((0, 0), (Math.Round(lane.Report()!.Demand, 3), lane.Report()!.Weight));
        await Task.CompletedTask;
    }

    /// <summary>A tenant at fifty times its share: another that keeps within its own waits hardly longer than before, and loses nothing.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void One_tenant_at_fifty_times_its_share_does_not_move_anothers_wait_by_the_bound(int greedyWeight)
    {
        var alone = Waits(greedyPerSecond: 0, greedyWeight);
        var beside = Waits(greedyPerSecond: 50 * 5, greedyWeight);
        Assert.Equal((0, 0), (alone.Shed, beside.Shed));
        Assert.True(beside.GreedyShed > 1_000, $"Only {beside.GreedyShed} were shed.");
        var moved = beside.P99 - alone.P99;
        Assert.True(moved < Patience, $"p99 went from {alone.P99} to {beside.P99}.");
        Assert.True(moved <= TimeSpan.FromMilliseconds(200), $"p99 went from {alone.P99} to {beside.P99}: more than two requests' time.");
        // Nothing of the limit is wasted, and no more than it is used.
        Assert.InRange(beside.Let, 590, 600 + 60);
    }

    private (TimeSpan P99, int Shed, int GreedyShed, int Let) Waits(int greedyPerSecond, int greedyWeight)
    {
        var step = TimeSpan.FromMilliseconds(4);
        var lane = Lane(new LaneLimits { RequestsPerMinute = 600 });
        var waits = new List<TimeSpan>();
        int shed = 0, greedyShed = 0, let = 0;
        var greedy = 0.0;
        for (var tick = 0; tick < 15_000; tick++)
        {
            for (greedy += greedyPerSecond * step.TotalSeconds; greedy >= 1; greedy--) _ = GreedyAsync();
            // Of ten a second a fifth is its share at worst.
            if (tick % 150 == 0) _ = ModestAsync();
            _time.Advance(step);
        }
        waits.Sort();
        return (waits[(int)(waits.Count * 0.99)], shed, greedyShed, let);

        async Task ModestAsync()
        {
            var came = _time.GetTimestamp();
            if ((await lane.EnterAsync("modest", 1, 10, Patience)).MayGo)
            {
                let++;
                waits.Add(_time.GetElapsedTime(came));
            }
            else
            {
                shed++;
            }
        }

        async Task GreedyAsync()
        {
            if ((await lane.EnterAsync("greedy", greedyWeight, 10, Patience)).MayGo) let++;
            else greedyShed++;
        }
    }

    [Fact]
    public async Task Who_has_little_time_left_takes_nobody_elses_place()
    {
        var lane = Lane(new LaneLimits { RequestsPerMinute = 600 });
        for (var i = 0; i < 60; i++) Assert.True((await Enter(lane, "first", tokens: 1)).MayGo);
        // All of them can be served within the lane's patience.
        var others = Enumerable.Range(0, 19).Select(i => Enter(lane, $"other{i}", tokens: 1)).ToList();
        Assert.DoesNotContain(others, other => other.IsCompleted);

        var late = lane.EnterAsync("late", 1, 1, TimeSpan.FromMilliseconds(50)).AsTask();

        Assert.DoesNotContain(others, other => other.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.False((await late).MayGo);
    }

    private static Task<LaneAnswer> Enter(FairLane lane, string tenant, long tokens = 10) => lane.EnterAsync(tenant, 1, tokens, Patience).AsTask();

    private FairLane Lane(LaneLimits limits, int mostWaiting = 1_000, bool learns = true)
    {
        var lane = new FairLane(new LaneOptions(limits, Patience, mostWaiting, learns), share: 1, _time);
        _lanes.Add(lane);
        return lane;
    }
}
