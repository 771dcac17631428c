using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

/// <summary>The pool under clocks that are set, or are not its tenant's.</summary>
public sealed class PoolTimeTests
{
    private const string Answer = """{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""";

    [Theory]
    [InlineData(-1)]
    [InlineData(40 * 24)]
    public void A_rest_lasts_as_long_as_it_was_said_to_whatever_the_clock_is_set_to(int hours)
    {
        var going = new FakeTimeProvider();
        var clock = new OffClock(going);
        var health = new UpstreamHealth(new PoolTime(clock));
        health.Of("a", "m").LeaveAlone(going.GetUtcNow() + TimeSpan.FromSeconds(15), UpstreamFailureKind.Unavailable);

        clock.Ahead = TimeSpan.FromHours(hours);
        going.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal(TimeSpan.FromSeconds(1), health.Left(Assert.IsType<TargetRest>(health.RestOf("a", "m"))));
        going.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(health.RestOf("a", "m"));
    }

    [Theory]
    [InlineData(-40)]
    [InlineData(40)]
    public async Task A_tenant_whose_silos_clock_is_another_is_served(int days)
    {
        using var pool = new ScriptedPool();
        pool.A.Answers(Answer);
        var plan = pool.Plan() with { Deadline = pool.Time.GetUtcNow() + TimeSpan.FromDays(days), Life = TimeSpan.FromMinutes(5) };

        Assert.IsType<ProviderAnswer.Completed>(await pool.FinishAsync(() => pool.Relay.CompleteAsync(plan, ScriptedPool.Request())));
    }

    [Fact]
    public async Task A_call_ends_before_its_hold_does_by_the_holds_own_life()
    {
        using var pool = new ScriptedPool(a => a.AttemptTimeout = TimeSpan.FromMinutes(10));
        pool.A.KeepsSilent();
        var plan = pool.Plan() with { Deadline = pool.Time.GetUtcNow() + TimeSpan.FromDays(40), Life = TimeSpan.FromMinutes(5) };
        var came = pool.Time.GetUtcNow();

        await pool.FinishAsync(() => pool.Relay.CompleteAsync(plan, ScriptedPool.Request()));

        Assert.InRange(pool.Time.GetUtcNow() - came, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
    }
}
