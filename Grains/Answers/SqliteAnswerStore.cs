namespace OrleansGateway;

/// <summary>Answers in the embedded store, written by the same thread and transactions as the books.</summary>
internal sealed class SqliteAnswerStore(SqliteStore store, TimeProvider time) : IAnswerStore
{
    public Task PutAsync(string tenantId, StoredAnswer answer, CancellationToken cancellationToken) => TryPutAsync(tenantId, answer, long.MaxValue, cancellationToken);

    public Task<bool> TryPutAsync(string tenantId, StoredAnswer answer, long most, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<bool>(cancellationToken);
        var now = time.GetUtcNow();
        var put = new SqliteQuestion<bool>(database =>
        {
            database.Answers.DeleteSomeUntil(now.ToUnixTimeMilliseconds());
            return database.Answers.TryPut(tenantId, answer, (now + AnswerLife.Kept).ToUnixTimeMilliseconds(), most);
        });
        store.Write(put);
        return put.Completed;
    }

    public Task<StoredAnswer?> FindAsync(string tenantId, HoldId hold, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return store.ReadAsync(new SqliteQuestion<StoredAnswer?>(database => database.Answers.Find(tenantId, hold, now)));
    }

    public Task<StoredAnswer?> FindByKeyAsync(string tenantId, string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return store.ReadAsync(new SqliteQuestion<StoredAnswer?>(database => database.Answers.FindByKey(tenantId, key, now)));
    }
}
