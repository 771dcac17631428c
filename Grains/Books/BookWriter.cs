using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Writes one activation's entries: those that come while an append is under way share the next. Runs in its grain's turns, so it needs no
/// lock. An append that the store did not confirm is asked again until its outcome is known; meanwhile callers are told and nothing more
/// is taken. Lost entries are written again from the tail. After that, a book that is not the one written ends it for good.
/// </summary>
internal sealed partial class BookWriter(
    IBook book, string tenantId, long count, BookTail tail, StoreHealth health, BookInstruments instruments, TimeProvider time, ILogger logger)
{
    /// <summary>Entries that may wait for the append under way.</summary>
    public const int WaitingLimit = 10_000;

    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));

    private Batch _next = new();
    private Batch? _current;
    private bool _pumping;
    private bool _stopped;
    private Exception? _failure;
    private StoreUnavailableException? _doubt;
    private long? _replayedFrom;

    /// <summary>Entries that the book is known to have.</summary>
    public long Count { get; private set; } = count;

    /// <summary>How many entries the store had when they were found to be fewer.</summary>
    public long? Found { get; private set; }

    /// <summary>Whether nothing is waiting to be written.</summary>
    public bool IsIdle => !_pumping;

    /// <summary>Whether it has ended: nothing more will be written.</summary>
    public bool Failed => _failure is not null;

    /// <summary>
    /// Why nothing is taken now; null when entries are. Each time an exception of its own: one that is thrown to many has the stack traces of all of them.
    /// </summary>
    public Exception? Refusal => (_failure ?? _doubt) switch
    {
        null => null,
        StoreUnavailableException e => new StoreUnavailableException(e.Message) { IsLoss = e.IsLoss },
        var e => new StaleActivationException(e.Message),
    };

    /// <summary>Returns when all that was appended so far is in the book; throws as <see cref="AppendAsync"/> does.</summary>
    public Task FlushAsync() => Refusal is { } refusal ? Task.FromException(refusal) : !_pumping ? Task.CompletedTask : _next.Entries.Count > 0 ? _next.Written : _current!.Written;

    /// <summary>Called with the count after each batch, before it is written: the account then stands exactly there.</summary>
    public Action<long>? BatchFormed { get; set; }

    /// <summary>Called with the count after each batch that was written.</summary>
    public Action<long>? BatchWritten { get; set; }

    /// <summary>Called when lost entries were written again, with the count known and the one the store had.</summary>
    public Action<long, long>? Replayed { get; set; }

    /// <summary>Called when the store has lost what cannot be written again.</summary>
    public Action? Lost { get; set; }

    /// <summary>
    /// Adds entries to the next append, all to the same, and returns when they are in the book. Throws <see cref="StaleActivationException"/> when another
    /// activation wrote, <see cref="StoreUnavailableException"/> when the store did not confirm: they may still land.
    /// </summary>
    public Task AppendAsync(params ReadOnlySpan<BookEntry> entries)
    {
        if (Refusal is { } refusal) return Task.FromException(refusal);
        var batch = _next;
        foreach (var entry in entries) batch.Entries.Add(entry.ToBytes());
        if (GatewayTrace.Source.HasListeners()) batch.Trace = AppendTrace.Join(batch.Trace);
        if (!_pumping) _ = PumpAsync();
        return batch.Written;
    }

    /// <summary>Whether another entry may wait.</summary>
    public bool IsFull => _next.Entries.Count >= WaitingLimit;

    /// <summary>Asks no more for an append in doubt: the activation ends.</summary>
    public void Stop() => _stopped = true;

    /// <summary>
    /// Makes sure, before anything is said of what this activation does not know, that it knows all that is in the book. Throws
    /// <see cref="StaleActivationException"/> when another activation has written, which is then this writer's failure.
    /// </summary>
    public async Task EnsureNotBehindAsync()
    {
        var count = await book.CountAsync(tenantId, CancellationToken.None);
        // What was counted may be our own, not confirmed yet.
        await FlushAsync();
        if (count > Count) throw _failure = TakenOver();
    }

    private async Task PumpAsync()
    {
        _pumping = true;
        Batch? written = null;
        try
        {
            while (_failure is null && _next.Entries.Count > 0)
            {
                _current = _next;
                _next = new Batch();
                var writing = WriteAsync(_current);
                // Those of the batch before go on while the store works.
                written?.Done();
                await writing;
                written = _current;
            }
        }
        catch (Exception e)
        {
            // A fault of this program. The next activation reads what is in the book.
            LogBroken(logger, e, tenantId);
            End(new StaleActivationException($"Tenant '{tenantId}' has to be read again."), _current!);
        }
        _pumping = false;
        written?.Done();
        if (_failure is not null) _next.Fail(_failure);
    }

    private async Task WriteAsync(Batch batch)
    {
        var after = Count + batch.Entries.Count;
        using var span = batch.Trace?.Start(batch.Entries.Count);
        BatchFormed?.Invoke(after);
        for (var repeat = 0; ; repeat++)
        {
            var started = time.GetTimestamp();
            try
            {
                FailPoints.Hit(FailPoint.BeforeStoreAppend);
                var appending = book.AppendAsync(tenantId, Count, batch.Entries, CancellationToken.None);
                FailPoints.Hit(FailPoint.DuringStoreAppend);
                var outcome = await appending;
                FailPoints.Hit(FailPoint.AfterStoreAppend);
                instruments.OnAppend(
                    outcome.Appended ? BookInstruments.Appended : outcome.Count >= Count ? BookInstruments.Stale : BookInstruments.Lost,
                    batch.Entries.Count,
                    time.GetElapsedTime(started));
                if (outcome.Appended) break;
                if (outcome.Count >= Count)
                {
                    End(TakenOver(), batch);
                    await LookForOverwrittenAsync();
                    return;
                }
                if (await ReplayAsync(outcome.Count)) continue;
                End(_doubt!, batch);
                Lost?.Invoke();
                return;
            }
            catch (StoreUnavailableException e) when (e.IsLoss)
            {
                instruments.OnAppend(BookInstruments.Lost, batch.Entries.Count, time.GetElapsedTime(started));
                logger.LogStateMissing(e, tenantId, Count, Found, e.Message);
                End(e, batch);
                Lost?.Invoke();
                return;
            }
            catch (Exception e)
            {
                instruments.OnAppend(BookInstruments.Unconfirmed, batch.Entries.Count, time.GetElapsedTime(started));
                Doubt(e as StoreUnavailableException ?? new StoreUnavailableException($"The book of tenant '{tenantId}' could not be written.", e), batch);
            }

            await Task.Delay(Pauses.Before(repeat), time);
            if (!_stopped) continue;
            End(_doubt!, batch);
            return;
        }

        OnWritten(batch, after);
    }

    private void OnWritten(Batch batch, long after)
    {
        // Whoever stopped it lets go of the tail, and nobody would again.
        for (var i = 0; i < batch.Entries.Count && !_stopped; i++) tail.Add(Count + i + 1, batch.Entries[i]);
        Count = after;
        if (_doubt is not null)
        {
            _doubt = null;
            // Those who waited were told; what they asked for goes on without them.
            var told = _next;
            _next = new Batch();
            _next.Entries.AddRange(told.Entries);
            LogSettled(logger, tenantId, Count);
        }
        health.OnWritten();
        BatchWritten?.Invoke(after);
        if (_replayedFrom is not { } from) return;
        _replayedFrom = null;
        Replayed?.Invoke(after - batch.Entries.Count, from);
    }

    /// <summary>Callers hear at once; what they asked for is asked again, since nobody knows whether it landed.</summary>
    private void Doubt(StoreUnavailableException failure, Batch batch)
    {
        health.OnFailed();
        if (_doubt is null) LogInDoubt(logger, failure, tenantId, batch.Entries.Count + _next.Entries.Count);
        _doubt = failure;
        batch.Fail(failure);
        _next.Fail(failure);
    }

    private async Task<bool> ReplayAsync(long found)
    {
        Found = found;
        var lost = $"The book of tenant '{tenantId}' has {found} entries where {Count} were written: the store has lost data";
        if (_replayedFrom is null) LogRollback(logger, tenantId, Count, found);
        _doubt = new StoreUnavailableException($"{lost}. They are being written again.") { IsLoss = true };
        if (await TailReplay.TryAsync(book, tenantId, tail, Count, found) is { } why)
        {
            logger.LogStateMissing(null, tenantId, Count, found, why);
            _doubt = new StoreUnavailableException($"{lost}, and {why}.") { IsLoss = true };
            return false;
        }
        LogReplayed(logger, tenantId, Count - found, found + 1);
        _replayedFrom = found;
        Found = null;
        return true;
    }

    private void End(Exception failure, Batch batch)
    {
        _failure = failure;
        batch.Fail(failure);
    }

    /// <summary>Whether the activation that was faster knew all that this one had written; if not, that is gone, and an operator must hear of it.</summary>
    private async Task LookForOverwrittenAsync()
    {
        if (tail.At(Count) is not { } last) return;
        try
        {
            if (!await TailReplay.HasAsync(book, tenantId, Count, last)) LogOverwritten(logger, tenantId, Count);
        }
        catch (StoreUnavailableException)
        {
            // The next activation meets the same store.
        }
    }

    private StaleActivationException TakenOver() => new($"Tenant '{tenantId}' was written by another activation.");

    private sealed class Batch
    {
        private readonly TaskCompletionSource _written = new();

        public List<ReadOnlyMemory<byte>> Entries { get; } = [];

        public Task Written => _written.Task;

        /// <summary>Those who wait for it; null while nobody traces.</summary>
        public AppendTrace? Trace { get; set; }

        public void Done() => _written.TrySetResult();

        public void Fail(Exception failure)
        {
            _written.TrySetException(failure);
            // Nobody may be waiting, as when a sweep wrote.
            _ = _written.Task.Exception;
        }
    }

    [LoggerMessage(EventId = 7, EventName = "append_broken", Level = LogLevel.Critical, Message = "Tenant {TenantId}: what was to be written could not be; the book is read again")]
    private static partial void LogBroken(ILogger logger, Exception exception, string tenantId);

    [LoggerMessage(
        EventId = 1, EventName = "append_in_doubt", Level = LogLevel.Warning,
        Message = "Tenant {TenantId}: the store did not confirm {Count} entries; they are asked for again until it does, and nothing is admitted meanwhile")]
    private static partial void LogInDoubt(ILogger logger, Exception exception, string tenantId, int count);

    [LoggerMessage(EventId = 2, EventName = "append_settled", Level = LogLevel.Information, Message = "Tenant {TenantId}: the store confirms again; the book has {Count} entries")]
    private static partial void LogSettled(ILogger logger, string tenantId, long count);

    [LoggerMessage(
        EventId = 3, EventName = "rollback_detected", Level = LogLevel.Error,
        Message = "Tenant {TenantId}: {Known} entries were written and the store has {Found}: it has lost data. The tenant is frozen")]
    private static partial void LogRollback(ILogger logger, string tenantId, long known, long found);

    [LoggerMessage(
        EventId = 4, EventName = "rollback_replayed", Level = LogLevel.Warning,
        Message = "Tenant {TenantId}: {Count} lost entries from number {FirstSeq} on were written again from memory; the tenant is served again")]
    private static partial void LogReplayed(ILogger logger, string tenantId, long count, long firstSeq);

    [LoggerMessage(
        EventId = 6, EventName = "rollback_overwritten", Level = LogLevel.Error,
        Message = "Tenant {TenantId}: the store lost entries up to number {Seq}, and another activation went on without them; compare the ledger with the upstream's bill")]
    private static partial void LogOverwritten(ILogger logger, string tenantId, long seq);
}
