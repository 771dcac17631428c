namespace OrleansGateway;

/// <summary>
/// Writes one activation's entries: those that come while an append is under way share the next. Runs in its grain's turns, so it needs no
/// lock. After any failure it writes nothing more: the state decided from is not the book's, and the activation must end.
/// </summary>
internal sealed class BookWriter(IBook book, string tenantId, long count)
{
    private Batch _next = new();
    private Batch? _current;
    private bool _pumping;
    private Exception? _failure;

    /// <summary>Entries that the book is known to have.</summary>
    public long Count { get; private set; } = count;

    /// <summary>Whether nothing is waiting to be written.</summary>
    public bool IsIdle => !_pumping;

    /// <summary>Whether an append failed: nothing more will be written.</summary>
    public bool Failed => _failure is not null;

    /// <summary>Returns when all that was appended so far is in the book; throws as <see cref="Append"/> does.</summary>
    public Task Flush() => _failure is not null ? Task.FromException(_failure) : !_pumping ? Task.CompletedTask : _next.Entries.Count > 0 ? _next.Written : _current!.Written;

    /// <summary>Called with the count after each batch, before it is written: the account then stands exactly there.</summary>
    public Action<long>? BatchFormed { get; set; }

    /// <summary>Called with the count after each batch that was written.</summary>
    public Action<long>? BatchWritten { get; set; }

    /// <summary>
    /// Adds entries to the next append, all to the same, and returns when they are in the book. Throws <see cref="StaleActivationException"/> when another
    /// activation wrote, <see cref="StoreUnavailableException"/> when the store did not confirm.
    /// </summary>
    public Task Append(params ReadOnlySpan<BookEntry> entries)
    {
        if (_failure is not null) return Task.FromException(_failure);
        var batch = _next;
        foreach (var entry in entries) batch.Entries.Add(entry.ToBytes());
        if (!_pumping) _ = PumpAsync();
        return batch.Written;
    }

    /// <summary>
    /// Makes sure, before anything is said of what this activation does not know, that it knows all that is in the book. Throws
    /// <see cref="StaleActivationException"/> when another activation has written, which is then this writer's failure.
    /// </summary>
    public async Task EnsureNotBehindAsync()
    {
        var count = await book.CountAsync(tenantId, CancellationToken.None);
        // What was counted may be our own, not confirmed yet.
        await Flush();
        if (count > Count) throw _failure = TakenOver();
    }

    private async Task PumpAsync()
    {
        _pumping = true;
        while (_failure is null && _next.Entries.Count > 0)
        {
            _current = _next;
            _next = new Batch();
            await WriteAsync(_current);
        }
        _pumping = false;
        if (_failure is not null) _next.Fail(_failure);
    }

    private async Task WriteAsync(Batch batch)
    {
        var after = Count + batch.Entries.Count;
        BatchFormed?.Invoke(after);
        try
        {
            FailPoints.Hit(FailPoint.BeforeStoreAppend);
            var appending = book.AppendAsync(tenantId, Count, batch.Entries, CancellationToken.None);
            FailPoints.Hit(FailPoint.DuringStoreAppend);
            var outcome = await appending;
            FailPoints.Hit(FailPoint.AfterStoreAppend);
            if (outcome.Appended)
            {
                Count = after;
                BatchWritten?.Invoke(after);
                batch.Done();
                return;
            }
            _failure = outcome.Count < Count
                ? new StoreUnavailableException($"The book of tenant '{tenantId}' has {outcome.Count} entries where {Count} were written: the store has lost data.")
                : TakenOver();
        }
        catch (StoreUnavailableException e)
        {
            _failure = e;
        }
        catch (Exception e)
        {
            _failure = new StoreUnavailableException($"The book of tenant '{tenantId}' could not be written.", e);
        }
        batch.Fail(_failure);
    }

    private StaleActivationException TakenOver() => new($"Tenant '{tenantId}' was written by another activation.");

    private sealed class Batch
    {
        private readonly TaskCompletionSource _written = new();

        public List<ReadOnlyMemory<byte>> Entries { get; } = [];

        public Task Written => _written.Task;

        public void Done() => _written.SetResult();

        public void Fail(Exception failure)
        {
            _written.TrySetException(failure);
            // Nobody may be waiting, as when a sweep wrote.
            _ = _written.Task.Exception;
        }
    }
}
