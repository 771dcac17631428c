using System.Buffers.Binary;

namespace OrleansGateway;

/// <summary>
/// The newest entries of one book as they were confirmed, byte for byte, so that a store which lost them can be given them again. Bounded by
/// number and size, and all tails of a process together by <see cref="TailMemory"/>. Entries are copied to pages: kept one by one they would be a million
/// objects for the garbage collector to keep alive.
/// </summary>
internal sealed class BookTail(TailMemory memory)
{
    private const int SmallestPage = 1024;
    private const int LargestPage = 64 * 1024; // below what goes to the large object heap

    private readonly Queue<Page> _pages = [];
    private Page? _last;
    private int _count;

    /// <summary>The sequence number of the newest entry.</summary>
    public long LastSeq { get; private set; }

    /// <summary>The oldest one still here; above <see cref="LastSeq"/> when there is none.</summary>
    public long FirstSeq => LastSeq - _count + 1;

    /// <summary>Bytes kept.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds the entry that follows; one that does not follow starts the tail anew.</summary>
    public void Add(long seq, ReadOnlyMemory<byte> entry)
    {
        if (seq != LastSeq + 1) Forget();
        LastSeq = seq;
        if (_last is null || !_last.TryAdd(entry.Span))
        {
            _last = new Page(Math.Max(Math.Clamp(2 * (_last?.Size ?? 0), SmallestPage, LargestPage), Page.SizeOf(entry.Length)));
            _last.TryAdd(entry.Span);
            _pages.Enqueue(_last);
        }

        _count++;
        Count(entry.Length);
        // The newest is always kept: it tells this book from another.
        while (_count > 1 && (_count > memory.EntriesPerBook || Bytes > memory.BytesPerBook || (memory.IsFull && _count > TailMemory.EntriesWhenFull))) DropFirst();
    }

    /// <summary>The bytes of one entry, or null when it is not here.</summary>
    /// <remarks>A bare <c>null</c> after the colon would become an empty memory, which is an entry.</remarks>
    public ReadOnlyMemory<byte>? At(long seq) => seq >= FirstSeq && seq <= LastSeq ? After(seq - 1).First() : default(ReadOnlyMemory<byte>?);

    /// <summary>The entries after one, oldest first.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> After(long seq) => _pages.SelectMany(page => page.Entries()).Skip((int)Math.Max(0, seq - FirstSeq + 1));

    /// <summary>Lets go of all.</summary>
    public void Forget()
    {
        _pages.Clear();
        (_last, _count) = (null, 0);
        Count(-Bytes);
    }

    private void DropFirst()
    {
        var page = _pages.Peek();
        Count(-page.DropFirst());
        _count--;
        if (page.IsEmpty) _pages.Dequeue();
    }

    private void Count(long bytes)
    {
        Bytes += bytes;
        memory.Add(bytes);
    }

    /// <summary>Entries one after the other, each behind its length. What was written is never written over: it may be in use.</summary>
    private sealed class Page(int size)
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(size);
        private int _from;
        private int _to;

        public int Size => _bytes.Length;

        public bool IsEmpty => _from == _to;

        public static int SizeOf(int entry) => sizeof(int) + entry;

        public bool TryAdd(ReadOnlySpan<byte> entry)
        {
            if (_bytes.Length - _to < SizeOf(entry.Length)) return false;
            BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_to), entry.Length);
            entry.CopyTo(_bytes.AsSpan(_to + sizeof(int)));
            _to += SizeOf(entry.Length);
            return true;
        }

        /// <summary>Lets go of the oldest entry; its length.</summary>
        public int DropFirst()
        {
            var length = LengthAt(_from);
            _from += SizeOf(length);
            return length;
        }

        public IEnumerable<ReadOnlyMemory<byte>> Entries()
        {
            for (var at = _from; at < _to; at += SizeOf(LengthAt(at))) yield return _bytes.AsMemory(at + sizeof(int), LengthAt(at));
        }

        private int LengthAt(int at) => BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(at));
    }
}
