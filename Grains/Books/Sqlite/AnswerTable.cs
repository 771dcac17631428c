using SQLitePCL;

namespace OrleansGateway;

/// <summary>
/// Kept answers, each with the instant (Unix milliseconds) until which it is kept. How much a tenant has here is summed up at its first
/// answer after a start, and followed in memory from then on: nobody else writes.
/// </summary>
internal sealed class AnswerTable(sqlite3 database) : IDisposable
{
    public const string Schema = """
        CREATE TABLE answer(
            id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, request TEXT NOT NULL, attempt INTEGER NOT NULL, key TEXT NOT NULL, until INTEGER NOT NULL, data BLOB NOT NULL);
        CREATE UNIQUE INDEX answer_hold ON answer(tenant, request, attempt);
        CREATE INDEX answer_key ON answer(tenant, key);
        """;

    /// <summary>What is over is found by its time: in the order they came, those of a clock that was ahead would stand before all later ones.</summary>
    public const string UntilSchema = "CREATE INDEX answer_until ON answer(until);";

    // More than one, so that a backlog shrinks; few, for their pages are written in the same transaction.
    private const int MostDeletedAtOnce = 4;

    private readonly SqliteStatement _put = new(database,
        "INSERT OR REPLACE INTO answer(tenant, request, attempt, key, until, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    private readonly SqliteStatement _find = new(database,
        "SELECT request, attempt, key, data FROM answer WHERE tenant = ?1 AND request = ?2 AND attempt = ?3 AND until > ?4");
    private readonly SqliteStatement _findByKey = new(database,
        "SELECT request, attempt, key, data FROM answer WHERE tenant = ?1 AND key = ?2 AND until > ?3 ORDER BY id DESC LIMIT 1");
    private readonly SqliteStatement _delete = new(database,
        "DELETE FROM answer WHERE id IN (SELECT id FROM answer WHERE until <= ?1 ORDER BY until LIMIT ?2) RETURNING tenant, LENGTH(data)");
    // Of a blob SQLite knows the length without reading it.
    private readonly SqliteStatement _sum = new(database, "SELECT COALESCE(SUM(LENGTH(data)), 0) FROM answer WHERE tenant = ?1");
    private readonly SqliteStatement _length = new(database,
        "SELECT LENGTH(data) FROM answer WHERE tenant = ?1 AND request = ?2 AND attempt = ?3");

    private readonly Dictionary<string, long> _sums = [];

    /// <summary>Puts an answer in place of one of the same hold; false when the tenant would have more than so many bytes then.</summary>
    public bool TryPut(string tenant, StoredAnswer answer, long until, long most)
    {
        var sum = SumOf(tenant) + answer.Bytes.Length - First(_length.Bind(1, tenant).Bind(2, answer.Hold.RequestId).Bind(3, answer.Hold.Attempt));
        if (sum > most) return false;
        _put.Bind(1, tenant).Bind(2, answer.Hold.RequestId).Bind(3, answer.Hold.Attempt).Bind(4, answer.Key).Bind(5, until).Bind(6, answer.Bytes.Span).Execute();
        _sums[tenant] = sum;
        return true;
    }

    /// <summary>To be called when what was written may have been undone: what tenants have here is summed up anew.</summary>
    public void ForgetSums() => _sums.Clear();

    public StoredAnswer? Find(string tenant, HoldId hold, long now) =>
        Read(_find.Bind(1, tenant).Bind(2, hold.RequestId).Bind(3, hold.Attempt).Bind(4, now));

    public StoredAnswer? FindByKey(string tenant, string key, long now) => Read(_findByKey.Bind(1, tenant).Bind(2, key).Bind(3, now));

    /// <summary>Deletes a few of those whose time is over, the oldest first.</summary>
    public void DeleteSomeUntil(long now)
    {
        _delete.Bind(1, now).Bind(2, MostDeletedAtOnce);
        while (_delete.Step())
            if (_sums.TryGetValue(_delete.Text(0), out var sum)) _sums[_delete.Text(0)] = sum - _delete.Int64(1);
        _delete.Reset();
    }

    public void Dispose()
    {
        _put.Dispose();
        _find.Dispose();
        _findByKey.Dispose();
        _delete.Dispose();
        _sum.Dispose();
        _length.Dispose();
    }

    private long SumOf(string tenant)
    {
        if (!_sums.TryGetValue(tenant, out var sum)) _sums[tenant] = sum = First(_sum.Bind(1, tenant));
        return sum;
    }

    private static long First(SqliteStatement statement)
    {
        var number = statement.Step() ? statement.Int64(0) : 0;
        statement.Reset();
        return number;
    }

    private static StoredAnswer? Read(SqliteStatement statement)
    {
        var answer = statement.Step() ? new StoredAnswer(new HoldId(statement.Text(0), (int)statement.Int64(1)), statement.Text(2), statement.Blob(3)) : null;
        statement.Reset();
        return answer;
    }
}
