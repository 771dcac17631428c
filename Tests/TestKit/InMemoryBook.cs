using System.Runtime.CompilerServices;

namespace OrleansGateway.Tests.TestKit;

/// <summary>The books as the contract means them, in memory; a test can make it fail, lose entries, or hold its breath.</summary>
internal sealed class InMemoryBook : IBook
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<byte[]>> _books = [];
    private readonly Queue<AppendFailure> _failures = [];
    private AppendGate? _appendGate;

    /// <summary>Appends asked for so far, whatever became of them.</summary>
    public int AppendCalls { get; private set; }

    /// <summary>The next append that no earlier failure is waiting for ends in <see cref="StoreUnavailableException"/>.</summary>
    public void FailNextAppend(AppendFailure failure)
    {
        lock (_gate)
        {
            _failures.Enqueue(failure);
        }
    }

    /// <summary>From now on appends wait before anything happens, until the gate is released.</summary>
    public AppendGate HoldAppends()
    {
        lock (_gate)
        {
            return _appendGate = new AppendGate();
        }
    }

    /// <summary>Forgets what came after the first <paramref name="kept"/> entries: a store restored from an old copy.</summary>
    public void Lose(string tenantId, int kept)
    {
        lock (_gate)
        {
            var book = BookOf(tenantId);
            book.RemoveRange(kept, book.Count - kept);
        }
    }

    public IReadOnlyList<byte[]> EntriesOf(string tenantId)
    {
        lock (_gate)
        {
            return [.. BookOf(tenantId)];
        }
    }

    public Task<long> CountAsync(string tenantId, CancellationToken cancellationToken) => Task.FromResult((long)EntriesOf(tenantId).Count);

    public async Task<AppendOutcome> AppendAsync(
        string tenantId, long expectedCount, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        AppendGate? appendGate;
        lock (_gate)
        {
            AppendCalls++;
            appendGate = _appendGate;
        }

        if (appendGate is not null)
        {
            await appendGate.PassAsync(cancellationToken);
        }

        lock (_gate)
        {
            var fails = _failures.TryDequeue(out var failure);
            if (fails && failure == AppendFailure.BeforeItLanded)
            {
                throw new StoreUnavailableException("The store was told to fail before the append landed.");
            }

            var outcome = Append(BookOf(tenantId), (int)expectedCount, entries);
            return fails ? throw new StoreUnavailableException("The store was told to fail after the append landed.") : outcome;
        }
    }

    public async IAsyncEnumerable<RawEntry> ReadAsync(
        string tenantId, long firstSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        var entries = EntriesOf(tenantId);
        for (var seq = Math.Max(firstSeq, 1); seq <= entries.Count; seq++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new RawEntry(seq, entries[(int)seq - 1]);
        }
    }

    public Task<RawEntry?> FindAsync(string tenantId, long seq, CancellationToken cancellationToken)
    {
        var entries = EntriesOf(tenantId);
        return Task.FromResult(seq >= 1 && seq <= entries.Count ? new RawEntry(seq, entries[(int)seq - 1]) : (RawEntry?)null);
    }

    private static AppendOutcome Append(List<byte[]> book, int expectedCount, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        if (book.Count == expectedCount)
        {
            book.AddRange(entries.Select(entry => entry.ToArray()));
            return new AppendOutcome(true, book.Count);
        }

        var isThere = entries.Count > 0 && book.Count - expectedCount >= entries.Count &&
            entries.Select((entry, i) => entry.Span.SequenceEqual(book[expectedCount + i])).All(same => same);
        return new AppendOutcome(isThere, book.Count);
    }

    private List<byte[]> BookOf(string tenantId) => _books.TryGetValue(tenantId, out var book) ? book : _books[tenantId] = [];
}

/// <summary>When an append that is told to fail does so.</summary>
internal enum AppendFailure
{
    BeforeItLanded,
    AfterItLanded,
}

/// <summary>Where held appends wait.</summary>
internal sealed class AppendGate
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _released.TrySetResult();

    internal Task PassAsync(CancellationToken cancellationToken) => _released.Task.WaitAsync(cancellationToken);
}
