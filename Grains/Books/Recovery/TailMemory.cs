namespace OrleansGateway;

/// <summary>How much the tails of a process keep.</summary>
internal sealed class TailMemory(int entriesPerBook = 10_000, long bytesPerBook = 16 << 20, long bytesInAll = 256 << 20)
{
    /// <summary>What a book still keeps when all books together are at the bound.</summary>
    public const int EntriesWhenFull = 100;

    private long _bytes;

    public int EntriesPerBook => entriesPerBook;

    public long BytesPerBook => bytesPerBook;

    public bool IsFull => Volatile.Read(ref _bytes) > bytesInAll;

    public long Bytes => Volatile.Read(ref _bytes);

    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
