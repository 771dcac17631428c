using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OrleansGateway;

/// <summary>
/// One prepared statement, kept for the life of its database. It speaks to SQLite below ADO.NET: a command with parameters costs more
/// processor time than the insert it makes, and appends are what the gateway does all day.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private const uint KeptForLong = 1; // SQLITE_PREPARE_PERSISTENT

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v3(database, sql, KeptForLong, out _statement));
    }

    public SqliteStatement Bind(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, parameter, value));
        return this;
    }

    public SqliteStatement Bind(int parameter, string value)
    {
        Check(raw.sqlite3_bind_text(_statement, parameter, value));
        return this;
    }

    public SqliteStatement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(_statement, parameter, value));
        return this;
    }

    /// <summary>Whether there is another row; call <see cref="Reset"/> when done with the rows.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        if (result != raw.SQLITE_DONE)
        {
            var fault = FaultOf(_database, result);
            Reset();
            throw fault;
        }

        return false;
    }

    /// <summary>Runs a statement that answers no rows.</summary>
    public void Execute()
    {
        Step();
        Reset();
    }

    // The answer repeats the fault of the last step, which has been thrown already.
    public void Reset() => _ = raw.sqlite3_reset(_statement);

    public long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public byte[] Blob(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    public void Dispose() => _statement.Dispose();

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            throw FaultOf(_database, result);
        }
    }

    /// <summary>What the last call on <paramref name="database"/> complained of.</summary>
    public static SqliteException FaultOf(sqlite3 database, int result) =>
        new(raw.sqlite3_errmsg(database).utf8_to_string(), result & 0xFF, raw.sqlite3_extended_errcode(database));
}
