using SQLitePCL;

namespace OrleansGateway;

/// <summary>
/// Where every <see cref="Spacing"/>th entry of each book is, so that a place far back is found without walking there. A mark is written when the
/// books' ends are, and kept in memory until then; books of a release without marks get theirs when someone first reads that far back. Losing marks costs time, never entries.
/// </summary>
internal sealed class BookMarks(sqlite3 database) : IDisposable
{
    /// <summary>Entries from one mark to the next: 0.4 % more rows, and a walk of at most so many links from a mark to any entry.</summary>
    public const int Spacing = 256;

    public const string Schema =
        "CREATE TABLE mark(tenant INTEGER NOT NULL, seq INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (tenant, seq)) WITHOUT ROWID;";

    private readonly SqliteStatement _insert = new(database, "INSERT OR IGNORE INTO mark(tenant, seq, id) VALUES (?1, ?2, ?3)");
    private readonly SqliteStatement _atOrAfter = new(database, "SELECT seq, id FROM mark WHERE tenant = ?1 AND seq >= ?2 ORDER BY seq LIMIT 1");

    private readonly List<BookPosition> _due = [];

    /// <summary>Whether an entry has a mark of its own.</summary>
    public static bool IsDueAt(long seq) => seq % Spacing == 0;

    /// <summary>Only inside a transaction.</summary>
    public void Insert(BookPosition place) => _insert.Bind(1, place.Tenant).Bind(2, place.Seq).Bind(3, place.Id).Execute();

    /// <summary>Remembers a place for the next <see cref="Flush"/>.</summary>
    public void Add(BookPosition place) => _due.Add(place);

    /// <summary>Writes what was remembered. Only inside a transaction; <see cref="Forget"/> follows the commit.</summary>
    public void Flush()
    {
        foreach (var place in _due) Insert(place);
    }

    /// <summary>Forgets what was remembered.</summary>
    public void Forget() => _due.Clear();

    /// <summary>The first marked place at or after an entry; null when the book has none there.</summary>
    public BookPosition? AtOrAfter(long tenant, long seq)
    {
        _atOrAfter.Bind(1, tenant).Bind(2, seq);
        BookPosition? place = _atOrAfter.Step() ? new BookPosition(tenant, _atOrAfter.Int64(0), _atOrAfter.Int64(1)) : null;
        _atOrAfter.Reset();
        if (place is not null) return place;
        // Those are later than all in the table, in the order of their books, and few.
        foreach (var due in _due)
        {
            if (due.Tenant == tenant && due.Seq >= seq) return due;
        }

        return null;
    }

    public void Dispose()
    {
        _insert.Dispose();
        _atOrAfter.Dispose();
    }
}

/// <summary>Marks that an older release did not write.</summary>
internal sealed class MissingMarks(IReadOnlyList<BookPosition> places) : SqliteWork<bool>
{
    public override void Run(SqliteDatabase database)
    {
        foreach (var place in places)
        {
            database.Marks.Insert(place);
        }
    }
}
