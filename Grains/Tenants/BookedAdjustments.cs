namespace OrleansGateway;

/// <summary>A tenant's newest adjustments by id, so that a repeated one is booked once. Bounded: oldest out.</summary>
internal sealed class BookedAdjustments
{
    private const int Capacity = 10_000;

    private readonly Dictionary<string, Adjustment> _byId = [];
    private readonly Queue<string> _order = [];

    /// <summary>Oldest first.</summary>
    public IEnumerable<Adjustment> All => _order.Select(id => _byId[id]);

    public Adjustment? Find(string id) => _byId.GetValueOrDefault(id);

    public void Remember(Adjustment adjustment)
    {
        if (!_byId.TryAdd(adjustment.Id, adjustment)) return;
        _order.Enqueue(adjustment.Id);
        if (_order.Count > Capacity) _byId.Remove(_order.Dequeue());
    }
}
