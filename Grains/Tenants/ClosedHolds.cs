namespace OrleansGateway;

/// <summary>The receipts of holds that ended lately, so that a repeated posting gets the first one's answer. Bounded: oldest out.</summary>
internal sealed class ClosedHolds
{
    /// <summary>
    /// The most that are kept, however old: a void is repeated for as long as its process lives (the front's <c>HoldReleases</c>), and one that is no longer known here would be booked again.
    /// </summary>
    public const int Capacity = 10_000;

    private readonly Dictionary<HoldId, PostingReceipt> _receipts = [];
    private readonly Queue<HoldId> _order = [];

    public void Remember(HoldId hold, PostingReceipt receipt)
    {
        if (!_receipts.TryAdd(hold, receipt))
        {
            _receipts[hold] = receipt;
            return;
        }
        _order.Enqueue(hold);
        if (_order.Count > Capacity) _receipts.Remove(_order.Dequeue());
    }

    public bool TryFind(HoldId hold, out PostingReceipt receipt) => _receipts.TryGetValue(hold, out receipt);
}
