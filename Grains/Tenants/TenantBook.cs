using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace OrleansGateway;

/// <summary>
/// Keeps a tenant's account, and its book and snapshot: entries are applied at once and written by group commit; the snapshot
/// follows, always of a state that the book already has.
/// </summary>
internal sealed partial class TenantBook
{
    /// <summary>The name under which snapshots are stored.</summary>
    public const string SnapshotStore = "snapshots";

    /// <summary>The name of a tenant's snapshot there.</summary>
    public const string SnapshotName = "tenant";

    private readonly IGrainStorage _snapshots;
    private readonly GrainId _grainId;
    private readonly GrainState<TenantSnapshot> _snapshot;
    private readonly IStoreMark? _mark;
    private readonly BookTail _tail;
    private readonly TimeProvider _time;
    private readonly BookWriter _writer;
    private readonly long _entriesPerSnapshot;
    private readonly ILogger _logger;
    private readonly string _tenantId;
    private readonly TenantInstruments _instruments;
    private FormedSnapshot? _formed;
    private long _appliedSeq;
    private long _savedSeq;
    private long _triedSeq;
    private bool _etagUnknown;
    private bool _snapshotDue;
    private Task<bool> _lastSave = Task.FromResult(true);
    private bool _recordKept;
    private bool _savesNothing;

    public TenantBook(
        TenantBookLoader loaded,
        BookWriter writer,
        IGrainStorage snapshots,
        IStoreMark? mark,
        GrainId grainId,
        string tenantId,
        long entriesPerSnapshot,
        TenantInstruments instruments,
        TimeProvider time,
        ILogger logger)
    {
        (_tenantId, _instruments) = (tenantId, instruments);
        _mark = mark;
        _entriesPerSnapshot = entriesPerSnapshot;
        _logger = logger;
        _time = time;
        _savedSeq = _triedSeq = loaded.SnapshotIsForeign ? -1 : loaded.Snapshot.State!.Seq;
        _appliedSeq = writer.Count;
        _snapshots = snapshots;
        _grainId = grainId;
        _snapshot = loaded.Snapshot;
        _tail = loaded.Tail;
        _writer = writer;
        Account = loaded.Account;
        writer.BatchFormed = FormSnapshot;
        writer.BatchWritten = count =>
        {
            loaded.Reach.Known = count;
            _ = SaveFormedAsync(count);
        };
        writer.Replayed = (known, found) => _ = NoteReplayAsync(known, found);
        writer.Lost = () => _ = KeepRecordAsync();
    }

    public string TenantId => _tenantId;

    public TenantAccount Account { get; }

    /// <summary>Called once entries that the store had lost are in the book again.</summary>
    public Action? Replayed { get; set; }

    /// <summary>Entries that the book is known to have.</summary>
    public long Count => _writer.Count;

    /// <summary>Entries of the book since the last snapshot.</summary>
    public long Unsaved => _writer.Count - _savedSeq;

    /// <summary>Whether there is a snapshot of this book.</summary>
    public bool HasSnapshot => _savedSeq > 0;

    /// <summary>Applies entries and returns when they are in the book, all by one append. What is refused is not applied.</summary>
    public Task AppendAsync(params ReadOnlySpan<BookEntry> entries)
    {
        if (Refusal is { } refusal) return Task.FromException(refusal);
        if (_writer.IsFull) return Task.FromException(new StoreUnavailableException($"{BookWriter.WaitingLimit} entries wait for the store."));
        foreach (var entry in entries)
        {
            Account.Apply(entry, ++_appliedSeq);
            _instruments.OnAppended(_tenantId, entry);
        }
        return _writer.AppendAsync(entries);
    }

    /// <summary>Throws <see cref="StaleActivationException"/> when the book has entries that this activation has not read.</summary>
    public Task EnsureNotBehindAsync() => _writer.EnsureNotBehindAsync();

    /// <summary>Why the account cannot be decided on now: the store does not confirm, or this is not its book any more; null when it can.</summary>
    public Exception? Refusal => _writer.Refusal;

    /// <summary>What the store has lost that cannot be written again; null when nothing.</summary>
    public BookLoss? Loss => _writer is { Failed: true, Refusal: StoreUnavailableException { IsLoss: true } e }
        ? new BookLoss(_writer.Count, _writer.Found, e.Message, _time.GetUtcNow()) { Best = _writer.Found is null ? null : ("memory", Account.ToSnapshot(_writer.Count)) }
        : null;

    /// <summary>Lets go of what waits and of what is remembered.</summary>
    public void Stop()
    {
        _writer.Stop();
        _tail.Forget();
        _instruments.OnUnloaded(Account);
    }

    /// <summary>Returns when all that was applied so far is in the book.</summary>
    public Task FlushAsync() => _writer.FlushAsync();

    /// <summary>After a loss: saves the best record of what was spent, so that it outlives this activation and keeps the book frozen.</summary>
    public async Task<bool> KeepRecordAsync()
    {
        while (IsSaving) await _lastSave;
        if (_recordKept || Loss is null) return _recordKept;
        _etagUnknown = true;
        _formed?.Discard();
        _formed = null;
        foreach (var shelf in Account.Shelves) shelf.ChangeAll();
        return _recordKept = await TrySaveAsync(FormedSnapshot.Of(Account, _writer.Count, frozen: true));
    }

    private async Task NoteReplayAsync(long known, long found)
    {
        // What is stored beside the book is as old as what was found, and whole as of then: the next activation folds the book onto that. What
        // this one has in memory is not all.
        _savesNothing = true;
        _formed?.Discard();
        _formed = null;
        string? store = null;
        try
        {
            if (_mark is not null) store = await _mark.ForeignAsync();
        }
        catch (StoreUnavailableException)
        {
            // Away again: an exchanged store is then accepted by an operator.
        }
        var now = Account.BookTime(_time.GetUtcNow());
        try
        {
            await AppendAsync(new BookEntry.Recovered
            {
                At = now,
                Recovery = new BookRecovery(now, known, found, BookRecovery.Replay, "The store had lost these entries; they were written again from memory.", "gateway", store),
            });
        }
        catch (Exception e) when (e is StoreUnavailableException or StaleActivationException)
        {
            // The entries are back all the same.
        }
        Replayed?.Invoke();
    }

    /// <summary>Saves a snapshot of what has been written since the last one: now when the book is at rest, else with the next append.</summary>
    public Task SnapshotAsync()
    {
        if (_writer.Count == _savedSeq || _savesNothing) return Task.CompletedTask;
        if (!_writer.IsIdle || IsSaving || _formed is not null)
        {
            _snapshotDue = true;
            return Task.CompletedTask;
        }
        _formed = FormedSnapshot.Of(Account, _writer.Count);
        return SaveFormedAsync(_writer.Count);
    }

    // The account is ahead of the book by exactly the batch about to be written: its state becomes a snapshot once that is in the book.
    private void FormSnapshot(long countAfter)
    {
        if (IsSaving || _savesNothing || _formed is not null) return;
        if (_snapshotDue || countAfter - _triedSeq >= _entriesPerSnapshot) _formed = FormedSnapshot.Of(Account, countAfter);
    }

    private async Task SaveFormedAsync(long written)
    {
        if (IsSaving || _formed is not { } formed || formed.Core.Seq > written) return;
        _formed = null;
        _snapshotDue = false;
        await TrySaveAsync(formed);
    }

    /// <summary>Saves a snapshot in the place of one that is not of this book; false when it could not be. Nothing may have been appended.</summary>
    public Task<bool> TryReplaceSnapshotAsync() => TrySaveAsync(FormedSnapshot.Of(Account, _writer.Count));

    private bool IsSaving => !_lastSave.IsCompleted;

    private Task<bool> TrySaveAsync(FormedSnapshot formed) => _lastSave = SaveAsync(formed);

    private async Task<bool> SaveAsync(FormedSnapshot formed)
    {
        _triedSeq = formed.Core.Seq;
        try
        {
            // First what is beside the snapshot: it may go further than the snapshot, never less far.
            await formed.StoreShelvesAsync();
            FailPoints.Hit(FailPoint.AfterShelves);
            if (_etagUnknown) await _snapshots.ReadStateAsync(SnapshotName, _grainId, _snapshot);
            _snapshot.State = formed.Core;
            FailPoints.Hit(FailPoint.BeforeSnapshot);
            var writing = _snapshots.WriteStateAsync(SnapshotName, _grainId, _snapshot);
            FailPoints.Hit(FailPoint.DuringSnapshot);
            await writing;
            FailPoints.Hit(FailPoint.AfterSnapshot);
            _savedSeq = formed.Core.Seq;
            _etagUnknown = false;
            return true;
        }
        catch (Exception e)
        {
            // Only the length of the next replay depends on it.
            LogSnapshotFailed(_logger, e, _grainId);
            _etagUnknown = true;
            return false;
        }
        finally
        {
            _snapshot.State = new TenantSnapshot();
        }
    }

    [LoggerMessage(EventId = 1, EventName = "snapshot_failed", Level = LogLevel.Warning, Message = "The snapshot of {GrainId} was not written; the next one will be")]
    private static partial void LogSnapshotFailed(ILogger logger, Exception exception, GrainId grainId);
}
