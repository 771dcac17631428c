namespace OrleansGateway.Tests.Unit.Providers.Fair;

public sealed class FairQueueTests
{
    private readonly FairQueue _queue = new();

    [Fact]
    public void Tenants_take_turns_however_many_requests_one_has()
    {
        for (var i = 0; i < 50; i++) Add("greedy");
        Add("modest");
        Add("modest");
        Assert.Equal(["greedy", "modest", "greedy", "modest", "greedy"], Take(5));
    }

    [Fact]
    public void A_tenant_who_comes_late_is_next_and_has_no_credit_for_the_time_before()
    {
        for (var i = 0; i < 50; i++) Add("greedy");
        Take(20);
        for (var i = 0; i < 5; i++) Add("late");
        Assert.Contains("late", Take(2));
        Assert.Equal(4, Take(8).Count(tenant => tenant == "late"));
    }

    [Fact]
    public void Weights_say_how_often()
    {
        for (var i = 0; i < 40; i++)
        {
            Add("three", weight: 3);
            Add("one");
        }
        var taken = Take(40);
        Assert.Equal((30, 10), (taken.Count(t => t == "three"), taken.Count(t => t == "one")));
        // Spread, and not three in a row at the end of a long run.
        Assert.All(taken.Chunk(4), four => Assert.InRange(four.Count(t => t == "three"), 2, 4));
    }

    [Fact]
    public void A_request_that_costs_much_waits_until_others_have_had_as_much()
    {
        Add("large", cost: 10);
        Add("large", cost: 10);
        for (var i = 0; i < 20; i++) Add("small", cost: 1);
        var taken = Take(22);
        var (first, second) = (taken.IndexOf("large"), taken.LastIndexOf("large"));
        Assert.InRange(second - first, 9, 11);
    }

    [Fact]
    public void The_last_is_the_newest_of_whoever_asks_for_most_beyond_its_share()
    {
        Add("heavy", weight: 10);
        for (var i = 0; i < 4; i++) Add("heavy", weight: 10);
        Add("greedy");
        var newest = Add("greedy");
        Add("modest");
        Assert.Same(newest, _queue.Last());
        Assert.True(_queue.Remove(newest));
        Assert.False(_queue.Remove(newest));
        Assert.NotSame(newest, _queue.Last());
    }

    [Fact]
    public void Who_leaves_does_not_hold_up_who_stays()
    {
        var gone = Add("a", cost: 100);
        var stays = Add("a");
        Add("b");
        _queue.Remove(gone);
        Assert.Equal((2, 2L), (_queue.Count, _queue.Tokens));
        Assert.Same(stays, _queue.First());
        Assert.Equal(["a", "b"], Take(2));
        Assert.Null(_queue.First());
        Assert.Null(_queue.Last());
        Assert.Equal((0, 0L), (_queue.Count, _queue.Tokens));
    }

    [Fact]
    public void Only_the_first_can_be_taken()
    {
        Add("a");
        var second = Add("a");
        Assert.Throws<InvalidOperationException>(() => _queue.Take(second));
    }

    private Waiter Add(string tenant, int weight = 1, double cost = 1)
    {
        var waiter = new Waiter(tenant, weight, cost, tokens: 1);
        _queue.Add(waiter);
        return waiter;
    }

    private List<string> Take(int count)
    {
        var taken = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var first = _queue.First()!;
            _queue.Take(first);
            taken.Add(first.Tenant);
        }
        return taken;
    }
}
