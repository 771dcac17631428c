using SQLitePCL;

namespace OrleansGateway;

/// <summary>
/// Where every book ends: in memory for the tenants in use, in a table for the rest. The table lags behind by at most about
/// <see cref="RowsBetweenFlushes"/> rows, which <see cref="CatchUp"/> reads again; so neither an append nor a start pays for all tenants.
/// </summary>
internal sealed class BookHeads(sqlite3 database, BookTable book, BookMarks marks) : IDisposable
{
    /// <summary>Rows that a start, or a recovery, reads again at most, batches aside.</summary>
    public const int RowsBetweenFlushes = 10_000;

    private const int KeptInMemory = 100_000;

    public const string Schema = """
        CREATE TABLE tenant(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, count INTEGER NOT NULL, last INTEGER NOT NULL);
        CREATE TABLE heads_flushed(only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL);
        INSERT INTO heads_flushed VALUES (1, 0);
        """;

    private readonly SqliteStatement _byName = new(database, "SELECT id, count, last FROM tenant WHERE name = ?1");
    private readonly SqliteStatement _nameOf = new(database, "SELECT name FROM tenant WHERE id = ?1");
    private readonly SqliteStatement _add = new(database, "INSERT INTO tenant(name, count, last) VALUES (?1, 0, 0) RETURNING id");
    private readonly SqliteStatement _update = new(database, "UPDATE tenant SET count = ?2, last = ?3 WHERE id = ?1");
    private readonly SqliteStatement _flushed = new(database, "SELECT last FROM heads_flushed");
    private readonly SqliteStatement _setFlushed = new(database, "UPDATE heads_flushed SET last = ?1");

    private readonly Dictionary<string, BookHead> _inMemory = [];
    private readonly List<BookHead> _dirty = [];
    private long _lastId;
    private int _rowsSinceFlush;

    /// <summary>Rows read again by the last <see cref="CatchUp"/>.</summary>
    public long CaughtUp { get; private set; }

    /// <summary>Forgets what is in memory and learns it from the tables: at the start, and after a transaction that failed.</summary>
    public void CatchUp()
    {
        _inMemory.Clear();
        _dirty.Clear();

        _flushed.Step();
        var flushed = _flushed.Int64(0);
        _flushed.Reset();

        var (ends, lastId) = book.EndsAfter(flushed);
        foreach (var (tenant, end) in ends)
        {
            var head = new BookHead { Tenant = tenant, Count = end.Seq, LastId = end.Id, Dirty = true };
            _inMemory[NameOf(tenant)] = head;
            _dirty.Add(head);
        }

        _lastId = lastId;
        CaughtUp = lastId - flushed;
        _rowsSinceFlush = (int)CaughtUp;
    }

    /// <summary>Null when the tenant has no book.</summary>
    public BookHead? Find(string tenantId)
    {
        if (_inMemory.TryGetValue(tenantId, out var head))
        {
            return head;
        }

        _byName.Bind(1, tenantId);
        if (_byName.Step())
        {
            head = new BookHead { Tenant = _byName.Int64(0), Count = _byName.Int64(1), LastId = _byName.Int64(2) };
            _inMemory.Add(tenantId, head);
        }

        _byName.Reset();
        return head;
    }

    /// <summary>Writes entries at the end of a book. Only inside a transaction; if it fails, <see cref="CatchUp"/> undoes the rest.</summary>
    public long Append(string tenantId, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        var head = Find(tenantId) ?? Add(tenantId);
        for (var i = 0; i < entries.Count; i++)
        {
            var id = ++_lastId;
            book.Insert(id, new BookLink(head.Tenant, ++head.Count, head.LastId), entries[i].Span);
            head.LastId = id;
            if (BookMarks.IsDueAt(head.Count))
            {
                marks.Insert(new BookPosition(head.Tenant, head.Count, id));
            }
        }

        if (!head.Dirty)
        {
            head.Dirty = true;
            _dirty.Add(head);
        }

        _rowsSinceFlush += entries.Count;
        return head.Count;
    }

    /// <summary>Only inside a transaction.</summary>
    public void FlushWhenDue()
    {
        if (_rowsSinceFlush >= RowsBetweenFlushes)
        {
            Flush();
        }
    }

    /// <summary>Only inside a transaction.</summary>
    public void Flush()
    {
        foreach (var head in _dirty)
        {
            _update.Bind(1, head.Tenant).Bind(2, head.Count).Bind(3, head.LastId).Execute();
            head.Dirty = false;
        }

        _setFlushed.Bind(1, _lastId).Execute();
        _dirty.Clear();
        _rowsSinceFlush = 0;
        if (_inMemory.Count > KeptInMemory)
        {
            // All of them can be found in the table now.
            _inMemory.Clear();
        }
    }

    public void Dispose()
    {
        _byName.Dispose();
        _nameOf.Dispose();
        _add.Dispose();
        _update.Dispose();
        _flushed.Dispose();
        _setFlushed.Dispose();
    }

    private BookHead Add(string tenantId)
    {
        _add.Bind(1, tenantId).Step();
        var head = new BookHead { Tenant = _add.Int64(0) };
        _add.Reset();
        _inMemory.Add(tenantId, head);
        return head;
    }

    private string NameOf(long tenant)
    {
        var known = _nameOf.Bind(1, tenant).Step();
        var name = known ? _nameOf.Text(0) : null;
        _nameOf.Reset();
        return name ?? throw new InvalidDataException($"The book has entries of tenant number {tenant}, whose name is missing.");
    }
}
