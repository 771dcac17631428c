using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace OrleansGateway;

/// <summary>
/// Loads a tenant's account from its snapshot and book and keeps both: entries are applied at once and written by group commit; the snapshot
/// follows, always of a state that the book already has.
/// </summary>
internal sealed partial class TenantBook
{
    /// <summary>The name under which snapshots are stored.</summary>
    public const string SnapshotStore = "snapshots";

    private const string SnapshotName = "tenant";

    private readonly IGrainStorage _snapshots;
    private readonly GrainId _grainId;
    private readonly GrainState<TenantSnapshot> _snapshot;
    private readonly BookWriter _writer;
    private readonly long _entriesPerSnapshot;
    private readonly ILogger _logger;
    private FormedSnapshot? _formed;
    private long _appliedSeq;
    private long _savedSeq;
    private long _triedSeq;
    private bool _etagUnknown;
    private bool _snapshotDue;
    private bool _saving;

    private TenantBook(IGrainStorage snapshots, GrainId grainId, GrainState<TenantSnapshot> snapshot, TenantAccount account, BookWriter writer, BookReach reach, long entriesPerSnapshot, ILogger logger)
    {
        _entriesPerSnapshot = entriesPerSnapshot;
        _logger = logger;
        _savedSeq = _triedSeq = snapshot.State!.Seq;
        _appliedSeq = writer.Count;
        _snapshots = snapshots;
        _grainId = grainId;
        _snapshot = snapshot;
        _writer = writer;
        Account = account;
        writer.BatchFormed = FormSnapshot;
        writer.BatchWritten = count =>
        {
            reach.Known = count;
            _ = SaveFormedAsync(count);
        };
    }

    public TenantAccount Account { get; }

    /// <summary>Reads snapshot and book; throws <see cref="StoreUnavailableException"/> when either cannot be read or the book is shorter than its snapshot.</summary>
    public static async Task<TenantBook> LoadAsync(IServiceProvider services, IBook book, GrainId grainId, string tenantId, long entriesPerSnapshot, TimeProvider time, ILogger logger)
    {
        var snapshots = services.GetRequiredKeyedService<IGrainStorage>(SnapshotStore);
        var snapshot = new GrainState<TenantSnapshot>(new TenantSnapshot());
        try
        {
            await snapshots.ReadStateAsync(SnapshotName, grainId, snapshot);
        }
        catch (Exception e) when (e is not StoreUnavailableException)
        {
            throw new StoreUnavailableException($"The snapshot of tenant '{tenantId}' could not be read.", e);
        }

        if (!snapshot.RecordExists) snapshot.State = new TenantSnapshot();
        var state = snapshot.State!;
        var seq = await book.CountAsync(tenantId, CancellationToken.None);
        if (seq < state.Seq)
            throw new StoreUnavailableException($"The book of tenant '{tenantId}' has {seq} entries and its snapshot {state.Seq}: the store has lost data; restore it before serving this tenant.");
        var reach = new BookReach(book, tenantId) { Known = seq };
        var account = new TenantAccount(time, new ShelfStore(snapshots, grainId, reach.CheckAsync));
        seq = reach.Known = await BookReplay.FoldAsync(book, tenantId, account, state);
        account.Crossings.Clear();
        return new TenantBook(snapshots, grainId, snapshot, account, new BookWriter(book, tenantId, seq), reach, entriesPerSnapshot, logger);
    }

    /// <summary>Entries that the book is known to have.</summary>
    public long Count => _writer.Count;

    /// <summary>Applies entries and returns when they are in the book, all by one append.</summary>
    public Task Append(params ReadOnlySpan<BookEntry> entries)
    {
        foreach (var entry in entries) Account.Apply(entry, ++_appliedSeq);
        return _writer.Append(entries);
    }

    /// <summary>Throws <see cref="StaleActivationException"/> when the book has entries that this activation has not read.</summary>
    public Task EnsureNotBehind() => _writer.EnsureNotBehindAsync();

    /// <summary>Whether an append failed: the account is no longer the book's.</summary>
    public bool Failed => _writer.Failed;

    /// <summary>Returns when all that was applied so far is in the book.</summary>
    public Task Flush() => _writer.Flush();

    /// <summary>Saves a snapshot of what has been written since the last one: now when the book is at rest, else with the next append.</summary>
    public Task SnapshotAsync()
    {
        if (_writer.Count == _savedSeq) return Task.CompletedTask;
        if (!_writer.IsIdle || _saving || _formed is not null)
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
        if (_saving || _formed is not null) return;
        if (_snapshotDue || countAfter - _triedSeq >= _entriesPerSnapshot) _formed = FormedSnapshot.Of(Account, countAfter);
    }

    private async Task SaveFormedAsync(long written)
    {
        if (_saving || _formed is not { } formed || formed.Core.Seq > written) return;
        _saving = true;
        _formed = null;
        _snapshotDue = false;
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
        }
        catch (Exception e)
        {
            // Only the length of the next replay depends on it.
            LogSnapshotFailed(_logger, e, _grainId);
            _etagUnknown = true;
        }
        finally
        {
            _snapshot.State = new TenantSnapshot();
            _saving = false;
        }
    }

    [LoggerMessage(EventId = 1, EventName = "SnapshotFailed", Level = LogLevel.Warning, Message = "The snapshot of {GrainId} was not written; the next one will be")]
    private static partial void LogSnapshotFailed(ILogger logger, Exception exception, GrainId grainId);
}
