using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OrleansGateway;

/// <summary>
/// The open file gateway.db with its tables. Not safe for threads: after opening, only the store's writer thread touches it.
/// </summary>
/// <remarks>
/// There is one connection and it locks the file exclusively (<c>locking_mode=EXCLUSIVE</c>), so reads share the writer's thread, a page
/// at a time. Connections for reading would cost appends nothing either (measured: no difference in throughput), but they need the shared
/// file, and then any process that opens it for a look can hold back the checkpoint or make a commit fail as busy. The book's heads are
/// kept in memory on the strength of nobody else writing; SQLite itself should say no to a second writer, not only a lock file.
/// </remarks>
internal sealed class SqliteDatabase : IDisposable
{
    public const string FileName = "gateway.db";

    /// <summary>What leads from each version of the schema to the next. Only appended to: a file of any age becomes what a new one is.</summary>
    private static readonly string[] Migrations =
    [
        $"{BookTable.Schema} {BookHeads.Schema} {StateTable.Schema}",
        // Books written before there were marks get theirs when they are read: see BookMarks.
        BookMarks.Schema,
        AnswerTable.Schema,
        // The tables are as they were, but new entries go to the BookFile, which older releases do not know.
        "",
        AnswerTable.UntilSchema,
    ];

    private const int WithBookFile = 4;

    private readonly SqliteConnection _connection;
    private readonly BookFile _books;
    private readonly BookTable _table;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private bool _isUnderWay;

    private SqliteDatabase(SqliteConnection connection, BookFile books)
    {
        _connection = connection;
        _books = books;
        _begin = new SqliteStatement(connection.Handle!, "BEGIN IMMEDIATE");
        _commit = new SqliteStatement(connection.Handle!, "COMMIT");
        _table = new BookTable(connection.Handle!);
        Book = new BookEntries(_table, books);
        Marks = new BookMarks(connection.Handle!);
        Heads = new BookHeads(connection.Handle!, Book, Marks);
        State = new StateTable(connection.Handle!);
        Answers = new AnswerTable(connection.Handle!);
    }

    public sqlite3 Handle => _connection.Handle!;

    public BookEntries Book { get; }

    public BookMarks Marks { get; }

    public BookHeads Heads { get; }

    public StateTable State { get; }

    public AnswerTable Answers { get; }

    public static SqliteDatabase Open(string directory, EmbeddedDurability durability)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(directory, FileName),
            Pooling = false,
        }.ToString());
        BookFile? books = null;
        SqliteDatabase? database = null;
        try
        {
            OwnFiles.Create(connection.DataSource); // SQLite gives its other files the same mode
            connection.Open();
            Prepare(connection.Handle!, directory, durability);
            CheckFiles(connection.Handle!, directory);
            // The file before the version that says it is there.
            books = BookFile.Open(directory, durability);
            Migrate(connection.Handle!);
            database = new SqliteDatabase(connection, books);
            database.Heads.CatchUp(database.Book.Recover(database.Heads.FlushedTo()));
            return database;
        }
        catch
        {
            // Its statements would keep the connection, and the lock.
            database?.Dispose();
            books?.Dispose();
            connection.Dispose();
            throw;
        }
    }

    public void Begin()
    {
        // The last transaction did not come to its end.
        if (_isUnderWay) Answers.ForgetSums();
        _isUnderWay = true;
        _begin.Execute();
    }

    /// <summary>Durable when it returns. After a fault call <see cref="RollBack"/>.</summary>
    public void Commit()
    {
        _commit.Execute();
        _isUnderWay = false;
    }

    /// <summary>Undoes the open transaction, if the fault has not undone it already.</summary>
    /// <remarks>
    /// The connection stays open on purpose. After a failed fsync the pages in the operating system's cache may look written without being
    /// so; a new connection would believe them, this one writes the same places again.
    /// </remarks>
    public void RollBack()
    {
        if (raw.sqlite3_get_autocommit(Handle) == 0)
        {
            Execute(Handle, "ROLLBACK");
        }
    }

    /// <summary>Moves everything from the write-ahead log into the database file.</summary>
    public void Checkpoint() => Execute(Handle, "PRAGMA wal_checkpoint(TRUNCATE)");

    public void Dispose()
    {
        Answers.Dispose();
        State.Dispose();
        Heads.Dispose();
        Marks.Dispose();
        _table.Dispose();
        _commit.Dispose();
        _begin.Dispose();
        _connection.Dispose();
        _books.Dispose();
    }

    private static void Prepare(sqlite3 database, string directory, EmbeddedDurability durability)
    {
        try
        {
            // Exclusive before WAL: then the log's index lives in memory and no other process can join.
            Execute(database, "PRAGMA busy_timeout=0; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL");
            Execute(database, "BEGIN EXCLUSIVE; COMMIT");
        }
        catch (SqliteException locked) when (locked.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED)
        {
            throw DataDirectoryInUseException.For(directory, "another process", locked);
        }

        Execute(database, durability == EmbeddedDurability.PowerLoss
            ? "PRAGMA synchronous=FULL; PRAGMA fullfsync=ON; PRAGMA checkpoint_fullfsync=ON"
            : "PRAGMA synchronous=NORMAL");
        Execute(database, "PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-16000");
    }

    private static void CheckFiles(sqlite3 database, string directory)
    {
        var found = VersionOf(database);
        if (found > Migrations.Length)
        {
            throw new InvalidDataException(
                $"The data in '{directory}' has schema version {found}; this program knows versions up to {Migrations.Length}. " +
                "Start the newer program that wrote it, or restore a backup made before the upgrade.");
        }

        var books = new FileInfo(Path.Combine(directory, BookFile.FileName));
        if (found >= WithBookFile ? !books.Exists : books.Exists && books.Length > 0)
        {
            throw new InvalidDataException(
                $"'{books.FullName}' {(books.Exists ? $"is newer than {FileName} beside it" : "is missing")}. "
                + "It has the entries of the books: restore both files from the same moment.");
        }
    }

    private static void Migrate(sqlite3 database)
    {
        for (var version = VersionOf(database); version < Migrations.Length; version++)
        {
            Execute(database, $"BEGIN; {Migrations[version]} PRAGMA user_version={version + 1}; COMMIT");
        }
    }

    private static void Execute(sqlite3 database, string sql)
    {
        var result = raw.sqlite3_exec(database, sql);
        if (result != raw.SQLITE_OK)
        {
            throw SqliteStatement.FaultOf(database, result);
        }
    }

    private static long VersionOf(sqlite3 database)
    {
        using var version = new SqliteStatement(database, "PRAGMA user_version");
        version.Step();
        return version.Int64(0);
    }
}
