using System.Text;
using Microsoft.Data.Sqlite;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>A data directory of the embedded store, and what may happen to one.</summary>
internal sealed class SqliteFolder : IDisposable
{
    private readonly TempFolder _folder = new();

    public string Path => _folder.Path;

    public string Books => _folder.File("gateway.books");

    public string Tables => _folder.File("gateway.db");

    public string TablesLog => _folder.File("gateway.db-wal");

    public void Dispose() => _folder.Dispose();

    public SqliteStore Open(EmbeddedDurability durability = EmbeddedDurability.PowerLoss, int waitingLimit = 10_000) =>
        new(new SqliteStoreOptions { DataDirectory = Path, Durability = durability, WaitingLimit = waitingLimit });

    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={Tables};Pooling=False;Default Timeout=0");
        connection.Open();
        return connection;
    }

    public static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        command.CommandTimeout = 1;
        command.ExecuteNonQuery();
    }

    /// <summary>
    /// Files as an older release left them, which knew no <c>gateway.books</c>, its heads a little behind: version 1 had no marks, 2 no answers.
    /// </summary>
    public void WriteAsBefore(int entries, int knownToHeads, int version = 1)
    {
        using var before = Connect();
        Run(before, $"{BookTable.Schema} {BookHeads.Schema} {StateTable.Schema} {(version > 1 ? BookMarks.Schema : "")} PRAGMA user_version={version}");
        Run(before, $"INSERT INTO tenant VALUES (1, 'acme', {knownToHeads}, {knownToHeads}); UPDATE heads_flushed SET last = {knownToHeads}");
        Run(before, $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {entries}) INSERT INTO book SELECT i, 1, i, i - 1, CAST(i AS BLOB) FROM n");
    }

    /// <summary>Copies what is in the files while a store has them open: all that is there after the process is killed.</summary>
    public void CopyAsAfterCrash(SqliteFolder image)
    {
        foreach (var (from, to) in new[] { (Tables, image.Tables), (TablesLog, image.TablesLog), (Books, image.Books) }) File.Copy(from, to);
    }

    public void Overwrite(long offset, ReadOnlySpan<byte> bytes)
    {
        using var file = File.OpenHandle(Books, access: FileAccess.Write);
        RandomAccess.Write(file, bytes, offset);
    }

    public static IReadOnlyList<ReadOnlyMemory<byte>> Entries(params string[] texts) =>
        [.. texts.Select(text => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(text)))];
}
