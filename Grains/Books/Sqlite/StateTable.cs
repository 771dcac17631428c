using SQLitePCL;

namespace OrleansGateway;

/// <summary>The states of grains; a write says which version it replaces.</summary>
internal sealed class StateTable(sqlite3 database) : IDisposable
{
    public const string Schema =
        "CREATE TABLE state(name TEXT NOT NULL, grain TEXT NOT NULL, etag TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (grain, name)) WITHOUT ROWID;";

    private readonly SqliteStatement _read = new(database, "SELECT etag, data FROM state WHERE grain = ?1 AND name = ?2");
    private readonly SqliteStatement _insert = new(database,
        "INSERT INTO state(grain, name, etag, data) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
    private readonly SqliteStatement _update = new(database, "UPDATE state SET etag = ?4, data = ?5 WHERE grain = ?1 AND name = ?2 AND etag = ?3");
    private readonly SqliteStatement _delete = new(database, "DELETE FROM state WHERE grain = ?1 AND name = ?2 AND etag = ?3");

    /// <summary>Null when there is none.</summary>
    public StoredState? Read(StateKey key)
    {
        _read.Bind(1, key.Grain).Bind(2, key.Name);
        var state = _read.Step() ? new StoredState(_read.Text(0), _read.Blob(1)) : null;
        _read.Reset();
        return state;
    }

    /// <summary>Writes, if what is stored now has <paramref name="expectedEtag"/> (null: if nothing is stored).</summary>
    public bool TryWrite(StateKey key, string? expectedEtag, string newEtag, ReadOnlySpan<byte> data)
    {
        if (expectedEtag is null)
        {
            _insert.Bind(1, key.Grain).Bind(2, key.Name).Bind(3, newEtag).Bind(4, data).Execute();
        }
        else
        {
            _update.Bind(1, key.Grain).Bind(2, key.Name).Bind(3, expectedEtag).Bind(4, newEtag).Bind(5, data).Execute();
        }

        return raw.sqlite3_changes(database) == 1;
    }

    /// <summary>Removes, if what is stored now has <paramref name="expectedEtag"/>. Nothing stored and nothing expected is fine too.</summary>
    public bool TryClear(StateKey key, string? expectedEtag)
    {
        if (expectedEtag is null)
        {
            return Read(key) is null;
        }

        _delete.Bind(1, key.Grain).Bind(2, key.Name).Bind(3, expectedEtag).Execute();
        return raw.sqlite3_changes(database) == 1;
    }

    public void Dispose()
    {
        _read.Dispose();
        _insert.Dispose();
        _update.Dispose();
        _delete.Dispose();
    }
}

internal readonly record struct StateKey(string Grain, string Name);

internal sealed record StoredState(string Etag, byte[] Data);
