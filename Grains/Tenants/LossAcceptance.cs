namespace OrleansGateway;

/// <summary>Books that an operator accepts what the store has lost: the tenant goes on from the best record of what was spent.</summary>
internal static class LossAcceptance
{
    /// <summary>Null when it is booked; otherwise why not.</summary>
    public static async Task<string?> BookAsync(IBook book, IStoreMark? mark, string tenantId, BookLoss loss, string reason, string actor, TimeProvider time)
    {
        if (loss.Best is not var (from, state)) return "A part inside the book is missing, and nothing can be written behind it: restore the book, then recheck.";
        var found = await book.CountAsync(tenantId, CancellationToken.None);
        if (loss.Found is { } seen && seen != found) return $"The book has {found} entries by now, not {seen}: recheck it first.";

        var now = time.GetUtcNow();
        if (now < state.BookTime) now = state.BookTime;
        if (now <= state.Recovery?.At) now = state.Recovery.At.AddTicks(1);
        var entry = new BookEntry.Recovered
        {
            At = now,
            Recovery = new BookRecovery(now, loss.Known, found, from, reason, actor, mark is null ? null : await mark.ForeignAsync()),
            State = state with { Frozen = false },
        };
        var outcome = await book.AppendAsync(tenantId, found, [entry.ToBytes()], CancellationToken.None);
        return outcome.Appended ? null : $"The book was written meanwhile and has {outcome.Count} entries: recheck it first.";
    }
}
