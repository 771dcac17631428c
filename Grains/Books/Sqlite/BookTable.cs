using SQLitePCL;

namespace OrleansGateway;

/// <summary>The entries that releases before the <see cref="BookFile"/> wrote; there are no new ones.</summary>
internal sealed class BookTable(sqlite3 database) : IDisposable
{
    public const string Schema =
        "CREATE TABLE book(id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, seq INTEGER NOT NULL, prev INTEGER NOT NULL, entry BLOB NOT NULL);";

    private readonly SqliteStatement _link = new(database, "SELECT tenant, seq, prev FROM book WHERE id = ?1");
    private readonly SqliteStatement _entry = new(database, "SELECT tenant, seq, prev, entry FROM book WHERE id = ?1");
    private readonly SqliteStatement _after = new(database, "SELECT id, tenant, seq, prev FROM book WHERE id > ?1 ORDER BY id");

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

    /// <summary>The rows after one.</summary>
    public IEnumerable<(long Id, BookLink Link)> After(long id)
    {
        _after.Bind(1, id);
        try
        {
            while (_after.Step()) yield return (_after.Int64(0), new BookLink(_after.Int64(1), _after.Int64(2), _after.Int64(3)));
        }
        finally
        {
            _after.Reset();
        }
    }

    public void Dispose()
    {
        _link.Dispose();
        _entry.Dispose();
        _after.Dispose();
    }
}
