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
    private TenantSnapshot? _formed;
    private long _savedSeq;
    private bool _etagUnknown;
    private bool _snapshotDue;
    private bool _saving;

    private TenantBook(IGrainStorage snapshots, GrainId grainId, GrainState<TenantSnapshot> snapshot, TenantAccount account, BookWriter writer, long entriesPerSnapshot, ILogger logger)
    {
        _entriesPerSnapshot = entriesPerSnapshot;
        _logger = logger;
        _savedSeq = snapshot.State!.Seq;
        _snapshots = snapshots;
        _grainId = grainId;
        _snapshot = snapshot;
        _writer = writer;
        Account = account;
        writer.BatchFormed = FormSnapshot;
        writer.BatchWritten = count => _ = SaveFormedAsync(count);
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

        var account = new TenantAccount(time);
        if (!snapshot.RecordExists) snapshot.State = new TenantSnapshot();
        var state = snapshot.State!;
        account.Restore(state);

        var count = await book.CountAsync(tenantId, CancellationToken.None);
        if (count < state.Seq)
            throw new StoreUnavailableException($"The book of tenant '{tenantId}' has {count} entries and its snapshot {state.Seq}: the store has lost data; restore it before serving this tenant.");
        var seq = state.Seq;
        await foreach (var raw in book.ReadAsync(tenantId, seq + 1, CancellationToken.None))
        {
            account.Apply(BookEntry.Parse(raw));
            seq = raw.Seq;
            FailPoints.Hit(FailPoint.DuringReplay);
        }
        account.Crossings.Clear();
        return new TenantBook(snapshots, grainId, snapshot, account, new BookWriter(book, tenantId, seq), entriesPerSnapshot, logger);
    }

    /// <summary>Entries that the book is known to have.</summary>
    public long Count => _writer.Count;

    /// <summary>Applies an entry and returns when it is in the book.</summary>
    public Task Append(BookEntry entry)
    {
        Account.Apply(entry);
        return _writer.Append(entry);
    }

    /// <summary>Whether an append failed: the account is no longer the book's.</summary>
    public bool Failed => _writer.Failed;

    /// <summary>Returns when all that was applied so far is in the book.</summary>
    public Task Flush() => _writer.Flush();

    /// <summary>Saves a snapshot of what has been written since the last one: now when the book is at rest, else with the next append.</summary>
    public Task SnapshotAsync()
    {
        if (_writer.Count == _savedSeq) return Task.CompletedTask;
        if (!_writer.IsIdle)
        {
            _snapshotDue = true;
            return Task.CompletedTask;
        }
        _formed = Account.ToSnapshot(_writer.Count);
        return SaveFormedAsync(_writer.Count);
    }

    // The account is ahead of the book by exactly the batch about to be written: its state becomes a snapshot once that is in the book.
    private void FormSnapshot(long countAfter)
    {
        if (_saving || _formed is not null) return;
        if (_snapshotDue || countAfter - _savedSeq >= _entriesPerSnapshot) _formed = Account.ToSnapshot(countAfter);
    }

    private async Task SaveFormedAsync(long written)
    {
        if (_saving || _formed is not { } formed || formed.Seq > written) return;
        _saving = true;
        _formed = null;
        _snapshotDue = false;
        try
        {
            if (_etagUnknown) await _snapshots.ReadStateAsync(SnapshotName, _grainId, _snapshot);
            _snapshot.State = formed;
            FailPoints.Hit(FailPoint.BeforeSnapshot);
            var writing = _snapshots.WriteStateAsync(SnapshotName, _grainId, _snapshot);
            FailPoints.Hit(FailPoint.DuringSnapshot);
            await writing;
            FailPoints.Hit(FailPoint.AfterSnapshot);
            _savedSeq = formed.Seq;
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
