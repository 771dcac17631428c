using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

public sealed class CallWatchTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeGrainFactory _grains = new();
    private readonly TaskCompletionSource<int> _call = new();

    [Fact]
    public async Task A_call_that_is_heard_of_may_last_as_long_as_it_likes()
    {
        using var watch = Watch();
        var answer = watch.WatchAsync("req_1", _call.Task);

        for (var i = 0; i < 100; i++)
        {
            _time.Advance(CallWatch.Silence - TimeSpan.FromSeconds(1));
            await watch.Alive(["req_other", "req_1"]);
        }
        Assert.False(answer.IsCompleted);
        _call.SetResult(7);

        Assert.Equal(7, await answer);
    }

    [Fact]
    public async Task A_call_of_which_nothing_is_heard_is_lost_and_what_still_comes_is_nobodys()
    {
        using var watch = Watch();
        var answer = watch.WatchAsync("req_1", _call.Task);
        await watch.Alive(["req_2"]);

        _time.Advance(CallWatch.Silence - TimeSpan.FromSeconds(1));
        Assert.False(answer.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));

        await Assert.ThrowsAsync<TimeoutException>(() => answer);
        _call.SetException(new InvalidOperationException());
        await watch.Alive(["req_1"]);
    }

    [Fact]
    public async Task Once_a_connection_is_lost_only_calls_that_are_heard_of_after_it_go_on()
    {
        using var watch = Watch();
        var lost = watch.WatchAsync("req_lost", _call.Task);
        var alive = watch.WatchAsync("req_alive", _call.Task);
        _time.Advance(TimeSpan.FromSeconds(1));
        await watch.Alive(["req_lost", "req_alive"]);

        watch.OnGatewayLost();
        _time.Advance(TimeSpan.FromSeconds(1));
        await watch.Alive(["req_alive"]);
        var later = watch.WatchAsync("req_later", _call.Task);
        _time.Advance(CallWatch.SilenceAfterLoss);

        await Assert.ThrowsAsync<TimeoutException>(() => lost);
        Assert.False(alive.IsCompleted);
        Assert.False(later.IsCompleted);
        _call.SetResult(1);
        Assert.Equal(1, await alive);
        Assert.Equal(1, await later);
    }

    private CallWatch Watch()
    {
        var watch = new CallWatch(_grains, _time);
        _ = watch.Reference; // from then on it looks
        return watch;
    }
}
