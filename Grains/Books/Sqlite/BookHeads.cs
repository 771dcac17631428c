using System.Text;
using SQLitePCL;

namespace OrleansGateway;

/// <summary>
/// Where every book ends: in memory for the tenants in use, in a table for the rest. The table lags behind by at most about
/// <see cref="RowsBetweenFlushes"/> rows, which <see cref="CatchUp()"/> reads again; so neither an append nor a start pays for all tenants.
/// </summary>
internal sealed class BookHeads(sqlite3 database, BookEntries book, BookMarks marks) : IDisposable
{
    /// <summary>Rows that a start, or a recovery, reads again at most, batches aside.</summary>
    public const int RowsBetweenFlushes = 10_000;

    private const int KeptInMemory = 100_000;

    // In place of a number in its book: the entry is the tenant's name.
    private const long Naming = 0;

    public const string Schema = """
        CREATE TABLE tenant(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, count INTEGER NOT NULL, last INTEGER NOT NULL);
        CREATE TABLE heads_flushed(only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL);
        INSERT INTO heads_flushed VALUES (1, 0);
        """;

    private readonly SqliteStatement _byName = new(database, "SELECT id, count, last FROM tenant WHERE name = ?1");
    private readonly SqliteStatement _byNumber = new(database, "SELECT name, count, last FROM tenant WHERE id = ?1");
    private readonly SqliteStatement _newest = new(database, "SELECT max(id) FROM tenant");
    private readonly SqliteStatement _set = new(
        database, "INSERT INTO tenant(id, name, count, last) VALUES (?1, ?2, ?3, ?4) ON CONFLICT(id) DO UPDATE SET count = excluded.count, last = excluded.last");
    private readonly SqliteStatement _flushed = new(database, "SELECT last FROM heads_flushed");
    private readonly SqliteStatement _setFlushed = new(database, "UPDATE heads_flushed SET last = ?1");

    private readonly Dictionary<string, BookHead> _inMemory = [];
    private readonly List<BookHead> _dirty = [];
    private long _newestTenant;
    private int _rowsSinceFlush;

    /// <summary>Entries that the last <see cref="CatchUp()"/> found and the tables did not know.</summary>
    public long CaughtUp { get; private set; }

    /// <summary>Whether so many entries have come since the last flush that another is worth its while.</summary>
    public bool IsFlushDue => _rowsSinceFlush >= RowsBetweenFlushes;

    /// <summary>Up to where the tables know the books.</summary>
    public long FlushedTo()
    {
        _flushed.Step();
        var flushed = _flushed.Int64(0);
        _flushed.Reset();
        return flushed;
    }

    /// <summary>Forgets what is in memory and learns it from the tables and the entries since, after appends that failed.</summary>
    public void CatchUp() => CatchUp(book.Since(FlushedTo()));

    /// <summary>The same of entries that a start has found.</summary>
    public void CatchUp(IEnumerable<(long Id, BookLink Link)> since)
    {
        _inMemory.Clear();
        _dirty.Clear();
        marks.Forget();
        _newest.Step();
        _newestTenant = _newest.Int64(0);
        _newest.Reset();
        CaughtUp = 0;
        var heads = new Dictionary<long, BookHead>();
        foreach (var (id, link) in since)
        {
            if (!heads.TryGetValue(link.Tenant, out var head))
            {
                head = Named(id, link);
                heads.Add(link.Tenant, head);
                Keep(head);
            }

            if (link.Seq <= head.Count) continue;
            Advance(head, link.Seq, id);
            CaughtUp++;
        }

        _rowsSinceFlush = (int)CaughtUp;
    }

    /// <summary>Null when the tenant has no book.</summary>
    public BookHead? Find(string tenantId)
    {
        if (_inMemory.TryGetValue(tenantId, out var head)) return head;
        _byName.Bind(1, tenantId);
        if (_byName.Step())
        {
            head = new BookHead { Name = tenantId, Tenant = _byName.Int64(0), Count = _byName.Int64(1), LastId = _byName.Int64(2) };
            Keep(head);
        }

        _byName.Reset();
        return head;
    }

    /// <summary>Adds entries at the end of a book to what the next write writes. If that fails, <see cref="CatchUp()"/> undoes it.</summary>
    public long Append(string tenantId, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        var head = Find(tenantId) ?? Open(tenantId);
        for (var i = 0; i < entries.Count; i++) Advance(head, head.Count + 1, book.Add(new BookLink(head.Tenant, head.Count + 1, head.LastId), entries[i].Span));
        _rowsSinceFlush += entries.Count;
        return head.Count;
    }

    /// <summary>
    /// Writes the ends that the tables lack. Only inside a transaction, and when all entries that were added are written; <see cref="Flushed"/> follows
    /// the commit. If either fails nothing is lost: the next one, as many rows later, writes them too.
    /// </summary>
    public void Flush()
    {
        _rowsSinceFlush = 0;
        // The tables must not know more than the disk has.
        book.File.EnsureLasting();
        marks.Flush();
        foreach (var head in _dirty) _set.Bind(1, head.Tenant).Bind(2, head.Name).Bind(3, head.Count).Bind(4, head.LastId).Execute();
        if (book.Last is { } last) _setFlushed.Bind(1, last).Execute();
    }

    /// <summary>Forgets what a <see cref="Flush"/> wrote, now that it is committed.</summary>
    public void Flushed()
    {
        foreach (var head in _dirty) head.Dirty = false;
        _dirty.Clear();
        marks.Forget();
        // All of them can be found in the table now.
        if (_inMemory.Count > KeptInMemory) _inMemory.Clear();
    }

    public void Dispose()
    {
        _byName.Dispose();
        _byNumber.Dispose();
        _newest.Dispose();
        _set.Dispose();
        _flushed.Dispose();
        _setFlushed.Dispose();
    }

    private void Keep(BookHead head)
    {
        _inMemory.Add(head.Name, head);
        _newestTenant = Math.Max(_newestTenant, head.Tenant);
    }

    private void Advance(BookHead head, long seq, long id)
    {
        head.Count = seq;
        head.LastId = id;
        if (BookMarks.IsDueAt(seq)) marks.Add(new BookPosition(head.Tenant, seq, id));
        if (head.Dirty) return;
        head.Dirty = true;
        _dirty.Add(head);
    }

    private BookHead Open(string tenantId)
    {
        var head = new BookHead { Name = tenantId, Tenant = _newestTenant + 1 };
        book.Add(new BookLink(head.Tenant, Naming, 0), Encoding.UTF8.GetBytes(tenantId));
        Keep(head);
        return head;
    }

    /// <summary>The head that the table has, or that an entry names.</summary>
    private BookHead Named(long id, BookLink link)
    {
        _byNumber.Bind(1, link.Tenant);
        var head = _byNumber.Step()
            ? new BookHead { Name = _byNumber.Text(0), Tenant = link.Tenant, Count = _byNumber.Int64(1), LastId = _byNumber.Int64(2) }
            : null;
        _byNumber.Reset();
        if (head is null && link.Seq == Naming) head = new BookHead { Name = Encoding.UTF8.GetString(book.Entry(id)!.Value.Entry), Tenant = link.Tenant };
        return head ?? throw new InvalidDataException($"The book has entries of tenant number {link.Tenant}, whose name is missing.");
    }
}
