namespace OrleansGateway;

/// <summary>Answers in the embedded store, written by the same thread and transactions as the books.</summary>
internal sealed class SqliteAnswerStore(SqliteStore store, TimeProvider time) : IAnswerStore
{
    public Task PutAsync(string tenantId, StoredAnswer answer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled(cancellationToken);
        var now = time.GetUtcNow();
        var put = new SqliteQuestion<bool>(database =>
        {
            database.Answers.DeleteSomeUntil(now.ToUnixTimeMilliseconds());
            database.Answers.Put(tenantId, answer, (now + AnswerLife.Kept).ToUnixTimeMilliseconds());
            return true;
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
