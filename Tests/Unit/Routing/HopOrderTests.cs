using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Routing;

public sealed class HopOrderTests
{
    private static readonly ModelCatalog Catalog = Catalogs.Shipped();
    private readonly HopOrder _order = new(new Random(7), new UpstreamHealth(new PoolTime(new FakeTimeProvider())));

    [Fact]
    public void The_lower_priority_comes_first_and_a_weight_of_nothing_last_of_all()
    {
        for (var i = 0; i < 50; i++)
        {
            var hops = Hops(Catalogs.Offer("spare", weight: 0), Catalogs.Offer("third", priority: 2), Catalogs.Offer("second", priority: 1), Catalogs.Offer("first"));
            _order.ByPriority(hops);
            Assert.Equal(["first", "second", "third", "spare"], hops.Select(hop => hop.Offer.Provider));
        }
    }

    [Fact]
    public void Within_a_priority_each_is_first_as_often_as_its_weight_says()
    {
        const int Draws = 10_000;
        var first = new Dictionary<string, int>();
        for (var i = 0; i < Draws; i++)
        {
            var hops = Hops(Catalogs.Offer("a", weight: 1), Catalogs.Offer("b", weight: 3), Catalogs.Offer("c", weight: 6));
            _order.ByPriority(hops);
            first[hops[0].Offer.Provider] = first.GetValueOrDefault(hops[0].Offer.Provider) + 1;
        }
        Assert.InRange(first["a"], 900, 1_100);
        Assert.InRange(first["b"], 2_850, 3_150);
        Assert.InRange(first["c"], 5_850, 6_150);
    }

    private static Hop[] Hops(params ModelOffer[] offers) => [.. offers.Select(offer => new Hop(Catalog.Models["gpt-4.1"], offer, Catalogs.Card(8)))];
}
