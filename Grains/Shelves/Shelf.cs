using System.Diagnostics.CodeAnalysis;

namespace OrleansGateway;

/// <summary>
/// Parts of a tenant's state by name that are too many for one snapshot: each is stored by itself, read when a decision first concerns it,
/// and leaves memory when it is stored and was not used for a while (docs/adr/0011). Lives in its grain's turns.
/// </summary>
/// <remarks>Without a store everything stays in memory: a fold for its own sake, as in tests.</remarks>
internal sealed class Shelf<TItem, TState>(string name, Func<string, TItem> create, Action<TItem, TState> restore, ShelfStore? store) : IShelf
    where TItem : ShelfItem<TState>
{
    /// <summary>Sweeps that an item is kept after its last use: five minutes of one every five seconds.</summary>
    public const int SweepsKept = 60;

    /// <summary>More items than this are not kept longer than they must be.</summary>
    public const int Roomy = 100_000;

    // A sweep is a turn of the grain.
    private const int MostLooks = 500_000;

    private const int ReadsAtOnce = 64;
    private const int WritesAtOnce = 256;

    private readonly Dictionary<string, TItem> _items = [];
    private readonly Dictionary<string, Task> _reading = [];
    private readonly List<ShelfItem<TState>> _changed = [];

    // Each item once; a sweep goes on where the last one stopped.
    private readonly Queue<TItem> _clock = [];
    private int _sweep;

    // Grows when what was read before may no longer be the newest that is stored.
    private long _left;

    /// <summary>What an item is, as its stored state's name begins.</summary>
    public string Name { get; } = name;

    /// <summary>The items in memory.</summary>
    public IReadOnlyCollection<TItem> InMemory => _items.Values;

    /// <summary>An item that is in memory; makes sure before by <see cref="ReadingOf"/>, in the same turn.</summary>
    public TItem Get(string key)
    {
        if (!TryGet(key, out var item))
        {
            if (store is not null) throw new InvalidOperationException($"The {Name} '{key}' was not read before it was needed.");
            item = Put(create(key), 0, null);
        }
        return item;
    }

    public bool TryGet(string key, [NotNullWhen(true)] out TItem? item)
    {
        if (!_items.TryGetValue(key, out item)) return false;
        item.UsedIn = _sweep;
        return true;
    }

    /// <summary>
    /// An item for a decision that may be a refusal, and so must leave nothing in memory: as it is there, or else as it is stored. False while that is being read:
    /// wait for the reading and ask again, and decide in that turn. What is then to change must be put by <see cref="Take"/>, in the same turn.
    /// </summary>
    public bool TryLook(string key, [NotNullWhen(false)] ref Task<ShelfLook<TItem>>? reading, [NotNullWhen(true)] out TItem? item)
    {
        if (TryGet(key, out item)) return true;
        if (store is null) item = create(key);
        else if (reading is { IsCompletedSuccessfully: true } && reading.Result.Left == _left) item = reading.Result.Item;
        if (item is not null) return true;
        reading = LookAsync(key, store!);
        return false;
    }

    /// <summary>Takes an item that was looked at into memory.</summary>
    public void Take(TItem item)
    {
        if (!_items.TryGetValue(item.Key, out var there)) Put(item, item.FoldedTo, item.ETag);
        else if (there != item) throw new InvalidOperationException($"The {Name} '{item.Key}' came into memory in the turn in which it was decided upon.");
    }

    /// <summary>
    /// Null when the item is in memory, else its reading, shared by all who wait. It may have left again when the waiter's turn comes:
    /// ask until null, and decide in that turn.
    /// </summary>
    public Task? ReadingOf(string key)
    {
        if (store is null || TryGet(key, out _)) return null;
        if (_reading.TryGetValue(key, out var reading)) return reading;
        reading = ReadAsync(key, store);
        if (!reading.IsCompleted) _reading[key] = reading;
        return reading;
    }

    /// <summary>Reads those of the items that are not in memory, many at a time.</summary>
    public async Task BringAsync(IEnumerable<string> keys)
    {
        foreach (var some in keys.Distinct().Chunk(ReadsAtOnce)) await Task.WhenAll(some.Select(key => ReadingOf(key) ?? Task.CompletedTask));
    }

    /// <summary>Takes an item's state from elsewhere, unless the one in memory goes as far; it is then to be stored.</summary>
    public void Adopt(string key, TState state, long foldedTo)
    {
        if (_items.TryGetValue(key, out var item) && item.FoldedTo >= foldedTo) return;
        item ??= create(key);
        restore(item, state);
        Put(item, foldedTo, item.ETag).Change();
    }

    public IShelfCopies? CopyChanged(long count)
    {
        if (store is null || _changed.Count == 0) return null;
        var copies = new Copies(this, store, count, _changed.Count);
        foreach (var item in _changed) copies.Add((TItem)item);
        _changed.Clear();
        return copies;
    }

    public void ChangeAll()
    {
        foreach (var item in _items.Values) item.Change();
    }

    /// <summary>After a recovery: no item is the fold of more than the book has now.</summary>
    public void Rebase(long seq)
    {
        _left++;
        foreach (var item in _items.Values) item.Rebase(seq);
        ChangeAll();
    }

    public void Sweep()
    {
        _sweep++;
        var crowded = _items.Count > Roomy;
        // Once round in as many sweeps as an unused item is kept.
        for (var looks = crowded ? Math.Min(_clock.Count, MostLooks) : (_clock.Count / SweepsKept) + 1; looks > 0 && _clock.TryDequeue(out var item); looks--)
        {
            if (store is null || item.IsChanged || item.IsBeingStored || _sweep - item.UsedIn < (_items.Count > Roomy ? 1 : SweepsKept) || !item.IsIdle) _clock.Enqueue(item);
            else
            {
                _items.Remove(item.Key);
                _left++;
            }
        }
        if (_items.Capacity < 1_000 + (4 * _items.Count)) return;
        _items.TrimExcess();
        _clock.TrimExcess();
    }

    private async Task ReadAsync(string key, ShelfStore from)
    {
        try
        {
            ShelfLook<TItem> look;
            do look = await LookAsync(key, from);
            while (look.Left != _left && !_items.ContainsKey(key));
            if (!_items.ContainsKey(key)) Take(look.Item);
        }
        finally
        {
            _reading.Remove(key);
        }
    }

    private async Task<ShelfLook<TItem>> LookAsync(string key, ShelfStore from)
    {
        var left = _left;
        var stored = await from.ReadAsync<TState>(Name, key);
        var item = create(key);
        if (stored.RecordExists) restore(item, stored.State!.State!);
        item.PutOn(_changed, stored.State!.Seq, stored.ETag);
        return new ShelfLook<TItem>(item, left);
    }

    private TItem Put(TItem item, long foldedTo, string? etag)
    {
        item.PutOn(_changed, foldedTo, etag);
        item.UsedIn = _sweep;
        if (_items.TryAdd(item.Key, item)) _clock.Enqueue(item);
        return item;
    }

    private sealed class Copies(Shelf<TItem, TState> shelf, ShelfStore store, long count, int capacity) : IShelfCopies
    {
        private readonly List<Copy> _copies = new(capacity);

        public void Add(TItem item) => _copies.Add(new Copy(item, new ShelfRecord<TState> { Key = item.Key, Seq = count, State = item.Copy() }, item.ETag));

        public Task StoreAsync() => Task.Run(() => Parallel.ForEachAsync(
            _copies,
            new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce },
            async (copy, _) =>
            {
                copy.ETag = await store.WriteAsync(shelf.Name, copy.Record, copy.ETag);
                copy.Stored = true;
            }));

        public void Settle()
        {
            foreach (var copy in _copies)
            {
                copy.Item.IsBeingStored = false;
                if (copy.Stored) copy.Item.ETag = copy.ETag;
                else copy.Item.Change();
            }
        }
    }

    private sealed class Copy(TItem item, ShelfRecord<TState> record, string? etag)
    {
        public TItem Item { get; } = item;

        public ShelfRecord<TState> Record { get; } = record;

        public string? ETag { get; set; } = etag;

        public bool Stored { get; set; }
    }
}
