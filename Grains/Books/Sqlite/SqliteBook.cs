using System.Runtime.CompilerServices;

namespace OrleansGateway;

/// <summary>The books in the embedded store.</summary>
internal sealed class SqliteBook(SqliteStore store) : IBook
{
    private const int MarksAtOnce = 1_000;

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

    public async Task<RawEntry?> FindAsync(string tenantId, long seq, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return seq < 1 || await PlaceAsync(tenantId, seq, cancellationToken) is not { } place
            ? null
            : await store.ReadAsync(new SqliteQuestion<RawEntry>(database => Entry(place.BackTo(seq, database, tenantId), database, tenantId)));
    }

    /// <remarks>
    /// Rows link backwards, so a book is read stretch by stretch: from the mark at its end a stretch is walked back, noting where its pages
    /// end, and then given out forwards. Every turn on the writer's thread is short and lets appends pass.
    /// </remarks>
    public async IAsyncEnumerable<RawEntry> ReadAsync(
        string tenantId, long firstSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = Math.Max(firstSeq, 1);
        var last = await CountAsync(tenantId, cancellationToken);
        while (next <= last && await PlaceAsync(tenantId, next, cancellationToken) is { } end)
        {
            var pageEnds = await store.ReadAsync(new BookStretch(tenantId, end, next));
            while (pageEnds.TryPop(out var pageEnd))
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach (var entry in await store.ReadAsync(new BookPage(tenantId, pageEnd, next)))
                {
                    if (entry.Seq > last)
                    {
                        yield break;
                    }

                    yield return entry;
                }

                next = pageEnd.Seq + 1;
            }
        }
    }

    /// <summary>A known place at an entry or less than <see cref="BookMarks.Spacing"/> after it; null when the book does not reach that far.</summary>
    private async Task<BookPosition?> PlaceAsync(string tenantId, long seq, CancellationToken cancellationToken)
    {
        var known = await store.ReadAsync(new SqliteQuestion<BookPosition?>(database => KnownPlace(database, tenantId, seq)));
        if (known is not { } place || place.Seq - seq < BookMarks.Spacing)
        {
            return known;
        }

        // An older release wrote this part of the book. It is walked once, and marked.
        var marks = new List<BookPosition>();
        while (place.Seq - seq >= BookMarks.Spacing)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var from = place;
            place = await store.ReadAsync(new SqliteQuestion<BookPosition>(
                database => from.BackTo((from.Seq - 1) / BookMarks.Spacing * BookMarks.Spacing, database, tenantId)));
            marks.Add(place);
            if (marks.Count == MarksAtOnce)
            {
                await WriteAsync(marks);
                marks = [];
            }
        }

        await WriteAsync(marks);
        return place;
    }

    private static BookPosition? KnownPlace(SqliteDatabase database, string tenantId, long seq) =>
        database.Heads.Find(tenantId) is { } head && head.Count >= seq
            ? database.Marks.AtOrAfter(head.Tenant, seq) ?? BookPosition.EndOf(head)
            : null;

    private static RawEntry Entry(BookPosition place, SqliteDatabase database, string tenantId)
    {
        var row = database.Book.Entry(place.Id);
        _ = place.Before(row?.Link, tenantId);
        return new RawEntry(place.Seq, row?.Entry);
    }

    private Task<bool> WriteAsync(IReadOnlyList<BookPosition> marks)
    {
        var write = new MissingMarks(marks);
        store.Write(write);
        return write.Completed;
    }
}
