using Orleans.Storage;

namespace OrleansGateway;

/// <summary>
/// Reads a tenant's account from its snapshot and book, and refuses what a store that lost data would make of it
/// (docs/adr/0016). A recovery in the book makes void what was wrong with the entries before it.
/// </summary>
internal sealed class TenantBookLoader(IBook book, IGrainStorage snapshots, IStoreMark? mark, BookTail tail, GrainId grainId, string tenantId, TimeProvider time)
{
    // So many entries are looked at before they are applied, for what they need is read at once instead of one by one.
    private const int EntriesAhead = 1_000;

    private readonly GrainState<TenantSnapshot> _snapshot = new(new TenantSnapshot());
    private TenantAccount? _account;
    private BookLoss? _loss;
    private DateTimeOffset? _recoveredAt;
    private long _seq;

    public GrainState<TenantSnapshot> Snapshot => _snapshot;

    public TenantAccount Account => _account!;

    /// <summary>How far what is stored beside the snapshot may go.</summary>
    public BookReach Reach { get; } = new(book, tenantId);

    public BookTail Tail => tail;

    /// <summary>The number of the last entry.</summary>
    public long Seq => _seq;

    /// <summary>Whether the snapshot is not one of this book: it must be replaced before the book is served.</summary>
    public bool SnapshotIsForeign { get; private set; }

    /// <summary>Reads it. <paramref name="remembered"/> is what an activation that found a loss knows; null when nobody does.</summary>
    /// <exception cref="BookLossException">The store has lost a part.</exception>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task LoadAsync(TenantSnapshot? remembered)
    {
        var marking = mark?.ForeignAsync();
        try
        {
            await snapshots.ReadStateAsync(TenantBook.SnapshotName, grainId, _snapshot);
        }
        catch (Exception e) when (e is not StoreUnavailableException)
        {
            throw new StoreUnavailableException($"The snapshot of tenant '{tenantId}' could not be read.", e);
        }

        if (!_snapshot.RecordExists) _snapshot.State = new TenantSnapshot();
        var state = _snapshot.State!;
        _account = new TenantAccount(time, new ShelfStore(snapshots, grainId, Reach.CheckAsync));
        var foreignMark = marking is null ? null : await marking;
        try
        {
            await FoldAsync(state, remembered);
        }
        catch (StoreUnavailableException e) when (e.IsLoss)
        {
            throw new BookLossException(Loss(remembered?.Seq, null, e.Message));
        }

        if (foreignMark is not null && Account.Recovery?.Store != foreignMark)
        {
            _loss ??= Loss(remembered?.Seq, _seq, $"The store is not the one that this process started with (its mark is now {foreignMark}): it was emptied or exchanged") with
            {
                Best = ("book", Account.ToSnapshot(_seq)),
            };
        }
        if (_loss is { } loss) throw new BookLossException(loss);
    }

    private async Task FoldAsync(TenantSnapshot state, TenantSnapshot? remembered)
    {
        var newest = remembered is not null && remembered.Seq > state.Seq ? remembered : state;
        _recoveredAt = newest.Recovery?.At;
        var count = await book.CountAsync(tenantId, CancellationToken.None);
        SnapshotIsForeign = state.Frozen || count < state.Seq;
        if (count < newest.Seq) _loss = Loss(newest.Seq, count, $"The book of tenant '{tenantId}' has {count} entries where {newest.Seq} were written: the store has lost data");
        Reach.Known = count;
        Reach.Folding = true;
        if (!SnapshotIsForeign)
        {
            Reach.OnRecovery(state.Recovery, state.Seq);
            await Account.Users.BringAsync(TenantAccount.UsersOf(state));
            Account.Restore(state);
            _seq = state.Seq;
        }

        // The last entry that is folded in already is read too: the tail needs one that both have.
        var ahead = new List<RawEntry>(EntriesAhead);
        await foreach (var raw in book.ReadAsync(tenantId, Math.Max(1, _seq), CancellationToken.None))
        {
            tail.Add(raw.Seq, raw.Bytes);
            if (raw.Seq <= _seq) continue;
            ahead.Add(raw);
            if (ahead.Count < EntriesAhead) continue;
            await ApplyAsync(ahead);
            ahead.Clear();
        }
        await ApplyAsync(ahead);
        Reach.Folding = false;
        Reach.Known = _seq;
        if (Reach.Ahead > _seq) await LookBesideAsync();
        if (_loss is null) return;
        _loss = _loss with { Found = _seq, Best = newest.Seq > _seq ? (newest == state ? "snapshot" : "memory", newest) : ("book", Account.ToSnapshot(_seq)) };
    }

    private async Task LookBesideAsync()
    {
        if (Reach.Ahead <= await book.CountAsync(tenantId, CancellationToken.None)) throw new StaleActivationException($"Tenant '{tenantId}' was written by another activation.");
        _loss ??= Loss(Reach.Ahead, _seq, $"The book of tenant '{tenantId}' has {_seq} entries and a state beside its snapshot {Reach.Ahead}: the store has lost data");
    }

    private async Task ApplyAsync(List<RawEntry> raws)
    {
        var entries = raws.ConvertAll(Parse);
        if (Account.HasUsers || entries.Exists(e => e is BookEntry.PolicySet or BookEntry.UserSet))
            await Account.Users.BringAsync(entries.OfType<BookEntry>().Select(TenantAccount.UserOf).OfType<string>());
        for (var i = 0; i < entries.Count; i++)
        {
            _seq = raws[i].Seq;
            if (entries[i] is not { } entry) continue;
            if (entry is BookEntry.Recovered { State: { } state } recovered)
            {
                await Account.Users.BringAsync(TenantAccount.UsersOf(state));
                // Not one that was known before the loss: it answers another.
                if (!(recovered.Recovery.At <= _recoveredAt))
                {
                    _loss = null;
                    SnapshotIsForeign = true;
                }
                Account.Apply(entry, _seq);
                Reach.OnRecovery(recovered.Recovery, 0);
                continue;
            }
            while (Account.ReadingOf(entry) is { } reading) await reading;
            Account.Apply(entry, _seq);
            FailPoints.Hit(FailPoint.DuringReplay);
        }
    }

    /// <summary>Null, with the loss noted, when it is not an entry.</summary>
    private BookEntry? Parse(RawEntry raw)
    {
        try
        {
            return BookEntry.Parse(raw);
        }
        catch (StoreUnavailableException e) when (e.IsLoss)
        {
            _loss ??= Loss(null, null, $"Tenant '{tenantId}': {e.Message}");
            return null;
        }
    }

    private BookLoss Loss(long? known, long? found, string problem) => new(known, found, problem, time.GetUtcNow());
}
