using System.Runtime.CompilerServices;

namespace OrleansGateway;

/// <summary>The books in the embedded store.</summary>
internal sealed class SqliteBook(SqliteStore store) : IBook
{
    public Task<long> CountAsync(string tenantId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return store.ReadAsync(new SqliteQuestion<long>(database => database.Heads.Find(tenantId)?.Count ?? 0));
    }

    /// <remarks>Cancelling has an effect only before the append is handed to the writer: after that its outcome is worth waiting for.</remarks>
    public Task<AppendOutcome> AppendAsync(
        string tenantId, long expectedCount, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<AppendOutcome>(cancellationToken);
        }

        var append = new SqliteAppend(this, tenantId, expectedCount, entries);
        store.Write(append);
        return append.Completed;
    }

    /// <remarks>
    /// Rows link backwards, and a book may be larger than memory. So a first walk from the end notes where each page of
    /// <see cref="BookPage.Size"/> entries ends (four megabytes of notes for ten million entries); then page after page is read back
    /// from there and given out forwards. Both walks let appends pass after every few pages.
    /// </remarks>
    public async IAsyncEnumerable<RawEntry> ReadAsync(
        string tenantId, long firstSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        firstSeq = Math.Max(firstSeq, 1);
        var end = await store.ReadAsync(new SqliteQuestion<BookPosition>(database => BookPosition.EndOf(database.Heads.Find(tenantId))));
        if (end.Seq < firstSeq)
        {
            yield break;
        }

        var pageEnds = new Stack<BookPosition>();
        pageEnds.Push(end);
        while (pageEnds.Peek().Seq - BookPage.Size >= firstSeq)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var pageEnd in await store.ReadAsync(new BookWalk(tenantId, pageEnds.Peek(), firstSeq)))
            {
                pageEnds.Push(pageEnd);
            }
        }

        while (pageEnds.TryPop(out var pageEnd))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var entry in await store.ReadAsync(new BookPage(tenantId, pageEnd, firstSeq)))
            {
                yield return entry;
            }

            firstSeq = pageEnd.Seq + 1;
        }
    }
}
