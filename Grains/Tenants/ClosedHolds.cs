namespace OrleansGateway;

/// <summary>
/// What was booked for holds that have ended, for calls that are repeated because their answer was lost. Minutes later hardly anyone asks any more, and who
/// does is told from the book.
/// </summary>
internal sealed class ClosedHolds
{
    /// <summary>How long a receipt is kept, in the book's time.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(2);

    /// <summary>The most that are kept, whatever their age.</summary>
    public const int Capacity = 10_000;

    private readonly Dictionary<HoldId, PostingReceipt> _receipts = [];
    private readonly Queue<(HoldId Hold, DateTimeOffset EndedAt)> _order = [];

    public void Remember(HoldId hold, PostingReceipt receipt, DateTimeOffset endedAt)
    {
        if (!_receipts.TryAdd(hold, receipt))
        {
            _receipts[hold] = receipt;
            return;
        }
        _order.Enqueue((hold, endedAt));
        while (_order.Count > Capacity || endedAt - _order.Peek().EndedAt > Kept) _receipts.Remove(_order.Dequeue().Hold);
    }

    public bool TryFind(HoldId hold, out PostingReceipt receipt) => _receipts.TryGetValue(hold, out receipt);
}
