namespace OrleansGateway;

/// <summary>
/// Looks in a tenant's book for how holds ended that memory has forgotten. Those who ask while it reads share its next reading, so that after an outage, when many ask, the
/// book is read twice and not as often as someone asks. For a grain's turns.
/// </summary>
internal sealed class EndingSearch
{
    private readonly SharedRun _reading;
    private readonly Func<Task> _flush;
    private Search _next = new();

    /// <param name="book">The store of books.</param>
    /// <param name="tenantId">Whose book.</param>
    /// <param name="count">The entries that the book is known to have; what is asked for has ended before.</param>
    /// <param name="flush">Returns when all that was decided is in the book.</param>
    public EndingSearch(IBook book, string tenantId, Func<long> count, Func<Task> flush)
    {
        _flush = flush;
        _reading = new SharedRun(async () =>
        {
            var search = _next;
            _next = new Search();
            var until = count();
            // Off the grain's turns: those are for deciding.
            search.Found = await Task.Run(() => LedgerReader.FindEndingsAsync(book, tenantId, search.Holds, until));
        });
    }

    /// <summary>How a hold ended, posted or void; null when the newest 50,000 entries do not say.</summary>
    public async Task<BookEntry.OfHold?> FindAsync(HoldId hold)
    {
        await _flush();
        var search = _next;
        search.Holds.Add(hold);
        await _reading.NextAsync();
        return search.Found.GetValueOrDefault(hold);
    }

    private sealed class Search
    {
        public HashSet<HoldId> Holds { get; } = [];

        public Dictionary<HoldId, BookEntry.OfHold> Found { get; set; } = [];
    }
}
