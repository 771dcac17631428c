using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>In which order hops are tried. Those of weight 0 come when all others of their group have failed.</summary>
internal sealed class HopOrder(Random random, UpstreamHealth health)
{
    /// <summary>The hops of some models, in the order of a strategy.</summary>
    public Hop[] Arrange(ImmutableArray<CatalogModel> models, RouteStrategy strategy, ReservationRequest request, DateTimeOffset at)
    {
        var hops = new Hop[Count(models, request.Api, at)];
        var next = 0;
        foreach (var model in models)
        {
            var from = next;
            foreach (var offer in model.Offers)
                if (Hop.TryOf(model, offer, request.Api, at, out var hop)) hops[next++] = hop;
            if (strategy == RouteStrategy.Ordered) ByPriority(hops.AsSpan(from, next - from));
        }

        switch (strategy)
        {
            case RouteStrategy.Cheapest:
                ByCost(hops, request);
                break;
            case RouteStrategy.Fastest:
                Sort(hops, Load);
                PreferOneOfTwo(hops);
                break;
            case RouteStrategy.Balanced:
                ByPriority(hops);
                break;
        }
        return hops;
    }

    private static int Count(ImmutableArray<CatalogModel> models, UpstreamApi api, DateTimeOffset at)
    {
        var count = 0;
        foreach (var model in models)
            foreach (var offer in model.Offers)
                if (Hop.TryOf(model, offer, api, at, out _)) count++;
        return count;
    }

    // Apart, for what it captures is allocated at its beginning.
    private void ByCost(Hop[] hops, ReservationRequest request) => Sort(hops, hop => hop.LikelyCost(request).NanoDollars);

    /// <summary>The lower priority first, and those of one priority by chance, each as often first as its weight says.</summary>
    public void ByPriority(Span<Hop> hops)
    {
        if (hops.Length < 2) return;
        var keys = new (bool Spare, int Priority, double Turn)[hops.Length];
        for (var i = 0; i < hops.Length; i++) keys[i] = (hops[i].IsSpare, hops[i].Offer.Priority, WeightedTurn.Of(hops[i].Offer.Weight, random));
        keys.AsSpan().Sort(hops);
    }

    /// <summary>What counts least first; among equals as <see cref="ByPriority"/> does.</summary>
    private void Sort(Hop[] hops, Func<Hop, double> count)
    {
        var keys = new (bool Spare, double Count, int Priority, double Turn)[hops.Length];
        for (var i = 0; i < hops.Length; i++) keys[i] = (hops[i].IsSpare, count(hops[i]), hops[i].Offer.Priority, WeightedTurn.Of(hops[i].Offer.Weight, random));
        Array.Sort(keys, hops);
    }

    // All that send to the fastest make it the slowest: two are drawn, and the better of them is first. Hops are sorted, so that is the earlier one.
    private void PreferOneOfTwo(Hop[] hops)
    {
        var drawn = hops.Count(hop => !hop.IsSpare);
        if (drawn < 3) return;
        var one = random.Next(drawn);
        var other = random.Next(drawn - 1);
        if (other >= one) other++;
        var better = Math.Min(one, other);
        var first = hops[better];
        Array.Copy(hops, 0, hops, 1, better);
        hops[0] = first;
    }

    // How long a call would take if those under way came before it. Whoever has not answered of late is tried.
    private double Load(Hop hop) =>
        (health.LatencyOf(hop.Offer.Provider, hop.Model.Id) ?? TimeSpan.FromMilliseconds(1)).TotalMilliseconds * (1 + health.Of(hop.Offer.Provider, hop.Model.Id).InFlight);
}
