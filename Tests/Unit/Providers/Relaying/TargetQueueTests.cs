using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

public sealed class TargetQueueTests
{
    private static readonly PlanTarget Small = Target("a", "small", 1_000);
    private static readonly PlanTarget Middle = Target("b", "middle", 2_000);
    private static readonly PlanTarget Large = Target("a", "large", 3_000);

    private readonly FakeTimeProvider _time = new();
    private readonly UpstreamHealth _health;
    private readonly TargetQueue _targets;

    public TargetQueueTests()
    {
        _health = new UpstreamHealth(new PoolTime(_time));
        _targets = new TargetQueue([Small, Middle, Large], _health);
    }

    [Fact]
    public void They_come_as_they_are_planned_and_once() => Assert.Equal([Small, Middle, Large], Rest());

    [Fact]
    public void What_is_postponed_comes_again_after_all_others_and_not_a_third_time()
    {
        Assert.True(_targets.TryPostpone(Take()));
        Assert.Equal(Middle, Take());
        Assert.True(_targets.TryPostpone(Take()));
        Assert.Equal(Small, Take());
        Assert.False(_targets.TryPostpone(Small));
        Assert.Equal([Large], Rest());
    }

    [Fact]
    public void A_provider_that_refused_its_keys_is_left_out_with_what_of_it_was_postponed()
    {
        _targets.TryPostpone(Take());
        _targets.RemoveAllOf("a");
        Assert.Equal([Middle], Rest());
    }

    [Fact]
    public void A_request_that_was_too_long_goes_on_where_there_is_more_room()
    {
        _targets.TryPostpone(Take());
        _targets.RemoveAllUpTo(Take());
        Assert.Equal([Large], Rest());
    }

    [Fact]
    public void Nobody_is_known_to_have_more_room_than_one_of_whom_nobody_knows()
    {
        var unknown = Small with { ContextTokens = 0 };
        var targets = new TargetQueue([unknown, Middle with { ContextTokens = 0 }, Large], _health);
        Assert.True(targets.TryTake(out var tooSmall));
        targets.RemoveAllUpTo(tooSmall);
        Assert.True(targets.TryTake(out var next));
        Assert.Equal(Large, next);
    }

    [Fact]
    public void The_room_that_is_needed_does_not_shrink()
    {
        _targets.RemoveAllUpTo(Middle);
        _targets.RemoveAllUpTo(Small);
        Assert.Equal([Large], Rest());
    }

    [Fact]
    public void A_target_that_was_called_out_of_turn_has_had_it_whatever_its_price_is_now()
    {
        Take();
        _targets.Remove(Middle with { Price = Middle.Price with { Version = "other" } });
        Assert.Equal([Large], Rest());
    }

    [Fact]
    public void There_is_another_while_one_ahead_may_be_called()
    {
        Take();
        Assert.True(_targets.HasAnother);
        _health.Of("b", "middle").LeaveAlone(_time.GetUtcNow() + TimeSpan.FromSeconds(1), UpstreamFailureKind.RateLimited);
        Assert.True(_targets.HasAnother);
        _targets.RemoveAllOf("a");
        Assert.False(_targets.HasAnother);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_targets.HasAnother);
        Take();
        Assert.False(_targets.HasAnother);
    }

    private PlanTarget Take()
    {
        Assert.True(_targets.TryTake(out var target));
        return target;
    }

    private List<PlanTarget> Rest()
    {
        var rest = new List<PlanTarget>();
        while (_targets.TryTake(out var target)) rest.Add(target);
        return rest;
    }

    private static PlanTarget Target(string provider, string model, int contextTokens) =>
        ScriptedPool.TargetA with { Provider = provider, Model = model, ContextTokens = contextTokens };
}
