using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.Unit.Quotas;

public sealed class RollingWindowTests
{
    [Fact]
    public void What_was_taken_is_free_again_after_a_minute()
    {
        var time = new FakeTimeProvider();
        var window = new RollingWindow(time);
        window.Take(5);
        Assert.Equal(TimeSpan.FromSeconds(61), window.UntilFits(1, 5));

        time.Advance(TimeSpan.FromSeconds(60.9));
        Assert.Equal(5, window.Used);
        time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(0, window.Used);
        Assert.Equal(TimeSpan.Zero, window.UntilFits(5, 5));
    }

    [Fact]
    public void The_wait_is_exactly_as_long_as_it_takes_to_fit()
    {
        var time = new FakeTimeProvider();
        var window = new RollingWindow(time);
        window.Take(2);
        time.Advance(TimeSpan.FromSeconds(30));
        window.Take(3);

        var wait = window.UntilFits(2, 5);
        time.Advance(wait - TimeSpan.FromTicks(1));
        Assert.True(window.UntilFits(2, 5) > TimeSpan.Zero);
        time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(TimeSpan.Zero, window.UntilFits(2, 5));
        Assert.Equal(3, window.Used);
    }

    [Fact]
    public void A_correction_of_something_already_free_changes_nothing()
    {
        var time = new FakeTimeProvider();
        var window = new RollingWindow(time);
        var slot = window.Take(5);
        window.Correct(slot, -2);
        Assert.Equal(3, window.Used);

        time.Advance(TimeSpan.FromMinutes(2));
        window.Correct(slot, 100);

        Assert.Equal(0, window.Used);
    }

    [Fact]
    public void In_no_sixty_seconds_is_more_taken_than_the_limit()
    {
        const int Limit = 10;
        var refused = 0;
        Gen.Int[0, 9_000].Array[200].Sample(
            pauses =>
            {
                var time = new FakeTimeProvider();
                var window = new RollingWindow(time);
                var taken = new List<DateTimeOffset>();
                foreach (var pause in pauses)
                {
                    time.Advance(TimeSpan.FromMilliseconds(pause));
                    if (window.UntilFits(1, Limit) > TimeSpan.Zero)
                    {
                        refused++;
                        continue;
                    }
                    window.Take(1);
                    taken.Add(time.GetUtcNow());
                    Assert.True(taken.Count(t => t > time.GetUtcNow().AddSeconds(-60)) <= Limit);
                }
            },
            iter: 200);
        Assert.True(refused > 0);
    }
}
