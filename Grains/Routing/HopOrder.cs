namespace OrleansGateway;

/// <summary>In which order hops are tried. Those of weight 0 come when all others of their group have failed.</summary>
internal sealed class HopOrder(Random random)
{
    /// <summary>A model's hops: the lower priority first, and those of one priority by chance, each as often first as its weight says.</summary>
    public void ByPriority(Span<Hop> hops)
    {
        if (hops.Length < 2) return;
        var keys = new (bool Spare, int Priority, double Turn)[hops.Length];
        for (var i = 0; i < hops.Length; i++) keys[i] = (hops[i].Offer.Weight == 0, hops[i].Offer.Priority, WeightedTurn.Of(hops[i].Offer.Weight, random));
        keys.AsSpan().Sort(hops);
    }
}
