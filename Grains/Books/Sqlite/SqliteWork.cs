namespace OrleansGateway;

/// <summary>Something a caller waits for that the writer thread does.</summary>
internal abstract class SqliteWork
{
    /// <summary>On the writer thread. An append adds to the record that it shares with others, any other write runs inside their transaction, a read between two.</summary>
    public abstract void Run(SqliteDatabase database);

    /// <summary>Tells the caller; for a write, once it is durable.</summary>
    public abstract void Succeed();

    public abstract void Fail(StoreUnavailableException fault);
}

/// <summary>Work with an answer.</summary>
internal abstract class SqliteWork<T> : SqliteWork
{
    // The caller must not continue on the writer's thread: the next batch waits for it.
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Completed => _completion.Task;

    protected T Answer { get; set; } = default!;

    public override void Succeed() => _completion.TrySetResult(Answer);

    public override void Fail(StoreUnavailableException fault) => _completion.TrySetException(fault);
}

/// <summary>A short question to the tables.</summary>
internal sealed class SqliteQuestion<T>(Func<SqliteDatabase, T> ask) : SqliteWork<T>
{
    public override void Run(SqliteDatabase database) => Answer = ask(database);
}
