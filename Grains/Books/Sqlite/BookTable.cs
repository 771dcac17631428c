using SQLitePCL;

namespace OrleansGateway;

/// <summary>
/// The entries of all books in the order they were written. Every row names the row before it in the same book, so a book is walked
/// backwards by primary key and writing maintains no second index (a key of tenant and number halves the throughput with many tenants).
/// </summary>
internal sealed class BookTable(sqlite3 database) : IDisposable
{
    public const string Schema =
        "CREATE TABLE book(id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, seq INTEGER NOT NULL, prev INTEGER NOT NULL, entry BLOB NOT NULL);";

    private readonly SqliteStatement _insert = new(database, "INSERT INTO book(id, tenant, seq, prev, entry) VALUES (?1, ?2, ?3, ?4, ?5)");
    private readonly SqliteStatement _link = new(database, "SELECT tenant, seq, prev FROM book WHERE id = ?1");
    private readonly SqliteStatement _entry = new(database, "SELECT tenant, seq, prev, entry FROM book WHERE id = ?1");
    private readonly SqliteStatement _after = new(database, "SELECT id, tenant, seq FROM book WHERE id > ?1 ORDER BY id");

    public void Insert(long id, BookLink link, ReadOnlySpan<byte> entry) =>
        _insert.Bind(1, id).Bind(2, link.Tenant).Bind(3, link.Seq).Bind(4, link.Previous).Bind(5, entry).Execute();

    /// <summary>Null when the row is missing.</summary>
    public BookLink? Link(long id)
    {
        _link.Bind(1, id);
        BookLink? link = _link.Step() ? new BookLink(_link.Int64(0), _link.Int64(1), _link.Int64(2)) : null;
        _link.Reset();
        return link;
    }

    /// <summary>Null when the row is missing.</summary>
    public (BookLink Link, byte[] Entry)? Entry(long id)
    {
        _entry.Bind(1, id);
        (BookLink, byte[])? row = _entry.Step()
            ? (new BookLink(_entry.Int64(0), _entry.Int64(1), _entry.Int64(2)), _entry.Blob(3))
            : null;
        _entry.Reset();
        return row;
    }

    /// <summary>Where each book that has rows after <paramref name="id"/> ends, and the newest row of all.</summary>
    public (Dictionary<long, (long Seq, long Id)> Ends, long LastId) EndsAfter(long id)
    {
        var ends = new Dictionary<long, (long, long)>();
        var last = id;
        _after.Bind(1, id);
        while (_after.Step())
        {
            last = _after.Int64(0);
            ends[_after.Int64(1)] = (_after.Int64(2), last);
        }

        _after.Reset();
        return (ends, last);
    }

    public void Dispose()
    {
        _insert.Dispose();
        _link.Dispose();
        _entry.Dispose();
        _after.Dispose();
    }
}

/// <summary>What a row says beside its entry; <c>Previous</c> is the row before it in the same book, 0 for the first.</summary>
internal readonly record struct BookLink(long Tenant, long Seq, long Previous);
