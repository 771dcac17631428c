using Microsoft.Data.Sqlite;

namespace OrleansGateway;

/// <summary>
/// The one owner of the embedded store. A single thread takes all the writes that wait, of all tenants: appends into one record of the
/// <see cref="BookFile"/>, all else into one transaction. Callers hear of it when the disk has it, or that nobody knows when the disk hangs. Disposing
/// finishes what waits and lets go of the data directory.
/// </summary>
internal sealed class SqliteStore : IDisposable
{
    // Between two transactions; a page of reading takes about 0.1 ms, so this is what a storm of replays can add to an append.
    private const int ReadsBetweenWrites = 32;

    // As PostgreSQL's commit_delay and commit_siblings: where many share a transaction, a moment's wait lets more share the next, and each costs a flush. Who is alone never waits.
    private const int Siblings = 4;
    private static readonly TimeSpan CommitDelay = TimeSpan.FromMicroseconds(100);

    private readonly SqliteStoreOptions _options;
    private readonly DataDirectoryLock _directoryLock;
    private readonly SqliteDatabase _database;
    private readonly Thread _writer;

    private readonly object _gate = new(); // also what the writer sleeps on
    private readonly Queue<SqliteWork> _waitingReads = new();
    private List<SqliteWork> _waitingWrites = [];
    private readonly TimeProvider _time;
    private readonly ITimer? _watchdog;
    private readonly string[] _files;
    private (List<SqliteWork> Writes, List<SqliteWork> Reads)? _inHand;
    private long _inHandSince;
    private bool _hangs;
    private bool _writerSleeps;
    private bool _disposed;

    private readonly List<SqliteWork> _appends = [];
    private readonly List<SqliteWork> _others = [];
    private bool _appendsFailed;

    /// <exception cref="DataDirectoryInUseException">Another process, or another store in this one, has the directory.</exception>
    /// <exception cref="InvalidDataException">A newer program wrote the data, or its files are damaged or not of the same moment.</exception>
    public SqliteStore(SqliteStoreOptions options, TimeProvider? time = null)
    {
        _options = options;
        _time = time ?? TimeProvider.System;
        DataDirectory = Path.GetFullPath(options.DataDirectory);
        OwnFiles.CreateDirectory(DataDirectory);
        _directoryLock = DataDirectoryLock.Take(DataDirectory);
        try
        {
            _database = SqliteDatabase.Open(DataDirectory, options.Durability);
        }
        catch
        {
            _directoryLock.Dispose();
            throw;
        }

        _files = [Path.Combine(DataDirectory, SqliteDatabase.FileName), Path.Combine(DataDirectory, BookFile.FileName)];
        if (options.AnswerTimeout is { } timeout) _watchdog = _time.CreateTimer(_ => Watch(timeout), null, timeout / 4, timeout / 4);
        _writer = new Thread(WriteUntilDisposed) { Name = "embedded store", IsBackground = true };
        _writer.Start();
    }

    public string DataDirectory { get; }

    /// <summary>Has the work done in the next record or transaction; full or closed stores fail it at once.</summary>
    public void Write(SqliteWork work) => Enqueue(work, isRead: false);

    /// <summary>Has the work done between two transactions; it sees what was confirmed to anyone before it was asked.</summary>
    public Task<T> ReadAsync<T>(SqliteWork<T> work)
    {
        Enqueue(work, isRead: true);
        return work.Completed;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            Monitor.Pulse(_gate);
        }

        _watchdog?.Dispose();
        _writer.Join();
        _database.Dispose();
        _directoryLock.Dispose();
    }

    private void Enqueue(SqliteWork work, bool isRead)
    {
        string? refusal = null;
        lock (_gate)
        {
            if (_disposed)
            {
                refusal = $"The embedded store in '{DataDirectory}' is closed.";
            }
            else if (_hangs)
            {
                refusal = $"The embedded store in '{DataDirectory}' does not answer: its disk hangs.";
            }
            else if (_waitingWrites.Count + _waitingReads.Count >= _options.WaitingLimit)
            {
                refusal = $"The embedded store in '{DataDirectory}' is {_options.WaitingLimit} operations behind.";
            }
            else
            {
                if (isRead)
                {
                    _waitingReads.Enqueue(work);
                }
                else
                {
                    _waitingWrites.Add(work);
                }

                if (_writerSleeps)
                {
                    _writerSleeps = false;
                    Monitor.Pulse(_gate);
                }
            }
        }

        if (refusal is not null)
        {
            work.Fail(new StoreUnavailableException(refusal));
        }
    }

    private void WriteUntilDisposed()
    {
        List<SqliteWork> writes = [];
        List<SqliteWork> reads = [];
        while (Take(ref writes, reads))
        {
            foreach (var read in reads)
            {
                DoRead(read);
            }

            if (writes.Count > 0)
            {
                DoWrites(writes);
            }

            var shared = writes.Count;
            PutDown(writes, reads);
            if (shared >= Siblings)
            {
                ShortSleep.TryFor(CommitDelay);
            }
        }

        Close();
    }

    /// <summary>Waits for work; false when there is none and there will be none.</summary>
    private bool Take(ref List<SqliteWork> writes, List<SqliteWork> reads)
    {
        lock (_gate)
        {
            while (true)
            {
                (writes, _waitingWrites) = (_waitingWrites, writes);
                while (reads.Count < ReadsBetweenWrites && _waitingReads.TryDequeue(out var read))
                {
                    reads.Add(read);
                }

                if (writes.Count > 0 || reads.Count > 0)
                {
                    _inHand = (writes, reads);
                    _inHandSince = _time.GetTimestamp();
                    return true;
                }

                if (_disposed)
                {
                    return false;
                }

                _writerSleeps = true;
                Monitor.Wait(_gate);
                _writerSleeps = false;
            }
        }
    }

    private void PutDown(List<SqliteWork> writes, List<SqliteWork> reads)
    {
        lock (_gate)
        {
            _inHand = null;
            _hangs = false;
            writes.Clear();
            reads.Clear();
        }
    }

    /// <summary>Tells all who wait for a disk that hangs. The work goes on: what was told may still land, as the contract of an append says.</summary>
    private void Watch(TimeSpan timeout)
    {
        List<SqliteWork> told = [];
        lock (_gate)
        {
            if (_inHand is not var (writes, reads) || _time.GetElapsedTime(_inHandSince) < timeout) return;
            _hangs = true;
            // The lists are the writer's to clear, under this lock.
            told.AddRange(writes);
            told.AddRange(reads);
            told.AddRange(_waitingWrites);
            told.AddRange(_waitingReads);
        }

        var fault = new StoreUnavailableException($"The embedded store in '{DataDirectory}' did not answer within {timeout.TotalMilliseconds:0} ms: its disk hangs.");
        foreach (var work in told) work.Fail(fault);
    }

    private void DoRead(SqliteWork read)
    {
        try
        {
            ThrowIfRemoved();
            UndoWhatFailed();
            read.Run(_database);
        }
#pragma warning disable CA1031 // Whatever went wrong is the caller's to hear; this thread serves everyone else too.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            read.Fail(Unavailable("could not be read", fault));
            return;
        }

        read.Succeed();
    }

    private void DoWrites(List<SqliteWork> writes)
    {
        foreach (var write in writes) (write is SqliteAppend ? _appends : _others).Add(write);
        if (_appends.Count > 0) Do(_appends, Append);
        if (_others.Count > 0 || _database.Heads.IsFlushDue) Do(_others, Commit);
    }

    private void Do(List<SqliteWork> writes, Action<List<SqliteWork>> write)
    {
        try
        {
            ThrowIfRemoved();
            UndoWhatFailed();
            write(writes);
            foreach (var done in writes) done.Succeed();
        }
#pragma warning disable CA1031 // As above.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            var unavailable = Unavailable("could not be written", fault);
            foreach (var failed in writes) failed.Fail(unavailable);
        }

        writes.Clear();
    }

    private void Append(List<SqliteWork> appends)
    {
        // The heads in memory count entries that may not come to be.
        _appendsFailed = true;
        foreach (var append in appends) append.Run(_database);
        _database.Book.File.Write();
        _appendsFailed = false;
    }

    private void Commit(List<SqliteWork> writes)
    {
        var flushes = _database.Heads.IsFlushDue;
        _database.Begin();
        foreach (var write in writes) write.Run(_database);
        if (flushes) _database.Heads.Flush();
        _database.Commit();
        if (flushes) _database.Heads.Flushed();
    }

    // Files that were deleted take writes that nobody will ever find again.
    private void ThrowIfRemoved()
    {
        foreach (var file in _files)
        {
            if (!FilePresence.Of(file)) throw new FileNotFoundException($"{Path.GetFileName(file)} was deleted while it was in use. Stop the gateway and restore it.");
        }
    }

    /// <summary>Makes the files and the heads in memory agree again, before anything else happens, however often that takes.</summary>
    private void UndoWhatFailed()
    {
        _database.RollBack();
        if (!_appendsFailed) return;
        _database.Book.File.Discard();
        _database.Heads.CatchUp();
        _appendsFailed = false;
    }

    private void Close()
    {
        try
        {
            UndoWhatFailed();
            _database.Begin();
            _database.Heads.Flush();
            _database.Commit();
            _database.Checkpoint();
            _database.Book.File.Trim();
        }
        catch (Exception fault) when (fault is SqliteException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // Everything confirmed is in the files; the next start reads it there, a little longer.
        }
    }

    private StoreUnavailableException Unavailable(string what, Exception fault) =>
        new($"The embedded store in '{DataDirectory}' {what}: {fault.Message}", fault);
}
