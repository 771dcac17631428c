namespace OrleansGateway;

/// <summary>
/// The newest entries of one book as they were confirmed, byte for byte, so that a store which lost them can be given them again. Bounded by
/// number and size, and all tails of a process together by <see cref="TailMemory"/>.
/// </summary>
internal sealed class BookTail(TailMemory memory)
{
    private readonly Queue<ReadOnlyMemory<byte>> _entries = [];
    private long _bytes;

    /// <summary>The sequence number of the newest entry.</summary>
    public long LastSeq { get; private set; }

    /// <summary>The oldest one still here; above <see cref="LastSeq"/> when there is none.</summary>
    public long FirstSeq => LastSeq - _entries.Count + 1;

    /// <summary>Bytes kept.</summary>
    public long Bytes => _bytes;

    /// <summary>Adds the entry that follows; one that does not follow starts the tail anew.</summary>
    public void Add(long seq, ReadOnlyMemory<byte> entry)
    {
        if (seq != LastSeq + 1) Clear();
        LastSeq = seq;
        _entries.Enqueue(entry);
        Count(entry.Length);
        // The newest is always kept: it tells this book from another.
        while (_entries.Count > 1 && (_entries.Count > memory.EntriesPerBook || _bytes > memory.BytesPerBook || (memory.IsFull && _entries.Count > TailMemory.EntriesWhenFull)))
            Count(-_entries.Dequeue().Length);
    }

    /// <summary>The bytes of one entry, or null when it is not here.</summary>
    public ReadOnlyMemory<byte>? At(long seq) => seq >= FirstSeq && seq <= LastSeq ? _entries.ElementAt((int)(seq - FirstSeq)) : null;

    /// <summary>The entries after one, oldest first.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> After(long seq) => _entries.Skip((int)Math.Max(0, seq - FirstSeq + 1));

    /// <summary>Lets go of all.</summary>
    public void Forget() => Clear();

    private void Clear()
    {
        _entries.Clear();
        Count(-_bytes);
    }

    private void Count(long bytes)
    {
        _bytes += bytes;
        memory.Add(bytes);
    }
}
