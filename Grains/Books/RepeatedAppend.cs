namespace OrleansGateway;

/// <summary>
/// Tells an append that came too late from one that is there already because an earlier try landed unnoticed. No two appends carry the
/// same bytes (see <see cref="IBook.AppendAsync"/>), so finding ours in the place they were meant for proves that they are ours.
/// </summary>
internal static class RepeatedAppend
{
    public static async Task<AppendOutcome> SettleAsync(
        IBook book, string tenantId, long expectedCount, long count, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        if (!MayBeThere(expectedCount, count, entries))
        {
            return new AppendOutcome(false, count);
        }

        var next = 0;
        await foreach (var found in book.ReadAsync(tenantId, expectedCount + 1, cancellationToken))
        {
            if (!found.Bytes.Span.SequenceEqual(entries[next].Span))
            {
                break;
            }

            if (++next == entries.Count)
            {
                return new AppendOutcome(true, count);
            }
        }

        return new AppendOutcome(false, count);
    }

    public static bool MayBeThere(long expectedCount, long count, IReadOnlyList<ReadOnlyMemory<byte>> entries) =>
        entries.Count > 0 && count - expectedCount >= entries.Count;
}
