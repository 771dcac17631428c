namespace OrleansGateway.Tests.Properties.Holds;

/// <summary>What a book of one tenant and one total budget says, entry by entry: the oracle. It checks what must hold of any book as it reads.</summary>
internal sealed class NaiveBook
{
    private readonly Dictionary<HoldId, (string State, Money Amount)> _holds = [];
    private readonly Dictionary<HoldId, BookEntry.Posted> _postings = [];
    private readonly Dictionary<HoldId, HoldId> _extended = [];

    public NaiveBook(IEnumerable<BookEntry> entries, Money limit)
    {
        Limit = limit;
        foreach (var entry in entries) Read(entry);
    }

    public Money Limit { get; private set; }

    public Money Refunds { get; private set; }

    public int Resolved { get; private set; }

    public int Renewals { get; private set; }

    public int Extensions => _extended.Count;

    public int Fences { get; private set; }

    public Money Settled => Sum(_postings.Values.Select(p => p.Cost)) - Refunds;

    public Money Absorbed => Sum(_postings.Values.Select(p => p.Absorbed));

    public Money Held => Sum(_holds.Values.Where(h => h.State == "pending").Select(h => h.Amount));

    public Money Suspense => Sum(_holds.Values.Where(h => h.State == "suspense").Select(h => h.Amount));

    public string? StateOf(HoldId hold) => _holds.TryGetValue(LastOf(hold), out var found) ? found.State : null;

    public BookEntry.Posted? PostingOf(HoldId hold) => _postings.GetValueOrDefault(LastOf(hold));

    /// <summary>What counts for a hold.</summary>
    public Money CountedFor(HoldId hold) => StateOf(hold) switch
    {
        "pending" or "suspense" => _holds[LastOf(hold)].Amount,
        "posted" => _postings[LastOf(hold)].Cost + _postings[LastOf(hold)].Absorbed,
        _ => Money.Zero,
    };

    /// <summary>The hold that stands in one's place after a stream went on; itself otherwise.</summary>
    private HoldId LastOf(HoldId hold) => _extended.TryGetValue(hold, out var next) ? LastOf(next) : hold;

    private void Read(BookEntry entry)
    {
        switch (entry)
        {
            case BookEntry.Held held:
                Assert.True(_holds.TryAdd(held.Hold, ("pending", held.Amount)), $"{held.Hold} was held twice.");
                if (held.Extends is not null) Extend(held);
                else if (held.Attempt > 1) Renewals++;
                var counted = Settled + Absorbed + Held + Suspense;
                Assert.True(counted <= Limit, $"I1: {held.Hold} was admitted to {counted} of {Limit}.");
                break;
            case BookEntry.Posted posted:
                Assert.True(_postings.TryAdd(posted.Hold, posted), $"I3: {posted.Hold} was posted twice.");
                Assert.True(StateOf(posted.Hold) is "pending" or "suspense", $"I3: {posted.Hold} was posted and stood {StateOf(posted.Hold)}.");
                if (posted.Resolves) Resolved++;
                _holds[posted.Hold] = ("posted", Money.Zero);
                break;
            case BookEntry.Voided voided:
                Assert.True(StateOf(voided.Hold) is null or "pending" or "suspense", $"{voided.Hold} was voided and stood {StateOf(voided.Hold)}.");
                if (StateOf(voided.Hold) is null) Fences++;
                _holds[voided.Hold] = ("void", Money.Zero);
                break;
            case BookEntry.Suspended suspended:
                Assert.Equal("pending", StateOf(suspended.Hold));
                _holds[suspended.Hold] = ("suspense", _holds[suspended.Hold].Amount);
                break;
            case BookEntry.Adjusted { Adjustment: { Kind: AdjustmentKind.Credit } credit }:
                Limit += credit.AmountUsd;
                break;
            case BookEntry.Adjusted { Adjustment: { Kind: AdjustmentKind.Refund } refund }:
                Refunds += refund.AmountUsd;
                break;
        }
    }

    private void Extend(BookEntry.Held held)
    {
        var before = held.Hold with { Attempt = held.Attempt - 1 };
        Assert.Equal("void", StateOf(before));
        Assert.True(held.Extends <= before.Attempt, $"{held.Hold} extends what comes after it.");
        _extended.Add(before, held.Hold);
    }

    private static Money Sum(IEnumerable<Money> amounts) => amounts.Aggregate(Money.Zero, (sum, amount) => sum + amount);
}
