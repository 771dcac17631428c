namespace OrleansGateway;

/// <summary>
/// Looks in a tenant's book for how holds ended that memory has forgotten. Those who ask while it reads share its next reading, so that after an outage, when many ask, the
/// book is read twice and not as often as someone asks. For a grain's turns.
/// </summary>
/// <param name="book">The store of books.</param>
/// <param name="tenantId">Whose book.</param>
/// <param name="count">The entries that the book is known to have; what is asked for has ended before.</param>
internal sealed class EndingSearch(IBook book, string tenantId, Func<long> count)
{
    private HashSet<HoldId> _asked = [];
    private Task<Dictionary<HoldId, BookEntry.OfHold>>? _gathering;
    private Task _reading = Task.CompletedTask;

    /// <summary>How a hold ended, posted or void; null when the newest 50,000 entries do not say.</summary>
    public async Task<BookEntry.OfHold?> FindAsync(HoldId hold)
    {
        _asked.Add(hold);
        return (await (_gathering ??= ReadAsync(_reading))).GetValueOrDefault(hold);
    }

    private async Task<Dictionary<HoldId, BookEntry.OfHold>> ReadAsync(Task before)
    {
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        var asked = _asked;
        _reading = _gathering!;
        _asked = [];
        _gathering = null;
        var until = count();
        // Off the grain's turns: those are for deciding.
        return await Task.Run(() => LedgerReader.FindEndingsAsync(book, tenantId, asked, until));
    }
}
