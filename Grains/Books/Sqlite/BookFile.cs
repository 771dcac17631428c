using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OrleansGateway;

/// <summary>
/// The file gateway.books: the entries of all books in the order they were written, appended and never changed. All appends that wait together are one
/// record, one write and one flush. Not safe for threads: only the store's writer thread touches it.
/// </summary>
/// <remarks>
/// Little-endian, everything at multiples of eight bytes. A record is <c>magic u32, length u32, offset u64, crc u32, 0 u32</c> and its entries; an entry is
/// <c>crc u32, length u32, tenant i64, seq i64, previous i64</c> and its bytes. Checksums are CRC-32C of all but themselves. An append counts when its
/// record is whole: the first one that is not, which a crash has left, is the file's end, and the next is written over it. A record says where it
/// stands, so that nothing inside another one is taken for it. An entry with seq 0 is no entry of a book but the name of a tenant, which comes before its
/// first entry: the file can be read without the tables.
/// </remarks>
internal sealed class BookFile : IDisposable
{
    public const string FileName = "gateway.books";

    private const uint Magic = 0x42_57_47_4F; // OGWB
    private const int RecordHeader = 24;
    private const int EntryHeader = 32;
    private const int Alignment = 8;

    // Written with zeros ahead of use: flushing a record then changes no length, which would be a second write.
    private const int Chunk = 256 * 1024;

    // Who reads a book reads its neighbours too; where many books are mixed, so much more costs hardly more than the one entry.
    private const int Block = 16 * 1024;

    private readonly SafeFileHandle _file;
    private readonly byte[] _zeros = new byte[Chunk];
    private ArrayBufferWriter<byte> _record = new(64 * 1024);
    private readonly byte[] _block = new byte[Block];
    private (long From, int Length) _inBlock;
    private long _length;
    private bool _isUnknown;

    private BookFile(SafeFileHandle file)
    {
        _file = file;
        _length = RandomAccess.GetLength(file);
        Discard();
    }

    /// <summary>How a record is made to last; nothing when only the process may end.</summary>
    public Action<SafeFileHandle>? Flush { get; set; }

    /// <summary>Where the next record begins.</summary>
    public long End { get; private set; }

    /// <summary>Where the newest record begins; null before the first.</summary>
    public long? Last { get; private set; }

    /// <summary>Opens the file, or makes it; <see cref="Recover"/> must follow.</summary>
    public static BookFile Open(string directory, EmbeddedDurability durability)
    {
        var path = Path.Combine(directory, FileName);
        var isNew = !File.Exists(path);
        OwnFiles.Create(path);
        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            if (isNew) DiskFlush.Names(directory);
            return new BookFile(file) { Flush = durability == EmbeddedDurability.PowerLoss ? DiskFlush.Data : null };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Finds the end, from a record on that is known to be there, or null for none, and gives the entries on the way. Where records do not wait for the disk,
    /// a loss of power may have taken any of those that follow, and what is behind the first one missing goes with it.
    /// </summary>
    /// <exception cref="InvalidDataException">The record is not there, or whole ones are behind one that is not: the file is older, or damaged.</exception>
    public IReadOnlyList<(long Offset, BookLink Link)> Recover(long? known)
    {
        var found = new List<(long, BookLink)>();
        End = known ?? 0;
        Last = null;
        while (RecordAt(End) is { } record)
        {
            found.AddRange(EntriesIn(record, End));
            Last = End;
            End += record.Length;
        }

        if (known is { } place && Last is null) throw Damaged(place, $"{SqliteDatabase.FileName} knows of entries there");
        if (Flush is null) Trim();
        else if (RecordBehind(End) is { } behind) throw Damaged(End, $"there are confirmed entries behind, at byte {behind}");
        // A process that was killed may have written the last record and not waited for the disk: from now on it is told of as there.
        Flush?.Invoke(_file);
        return found;
    }

    /// <summary>Adds an entry to the record that <see cref="Write"/> will write; its place is known already.</summary>
    public long Add(BookLink link, ReadOnlySpan<byte> entry)
    {
        var offset = End + _record.WrittenCount;
        var size = Align(EntryHeader + entry.Length);
        var span = _record.GetSpan(size)[..size];
        BinaryPrimitives.WriteInt32LittleEndian(span[4..], entry.Length);
        BinaryPrimitives.WriteInt64LittleEndian(span[8..], link.Tenant);
        BinaryPrimitives.WriteInt64LittleEndian(span[16..], link.Seq);
        BinaryPrimitives.WriteInt64LittleEndian(span[24..], link.Previous);
        entry.CopyTo(span[EntryHeader..]);
        span[(EntryHeader + entry.Length)..].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(span, Checksum(span[4..(EntryHeader + entry.Length)]));
        _record.Advance(size);
        return offset;
    }

    /// <summary>
    /// Writes what was added, if anything; it lasts when this returns. Throws <see cref="IOException"/>: whether it landed is unknown then, until
    /// <see cref="Discard"/> has returned.
    /// </summary>
    public void Write()
    {
        if (_record.WrittenCount == RecordHeader) return;
        var record = MemoryMarshal.AsMemory(_record.WrittenMemory).Span;
        BinaryPrimitives.WriteUInt32LittleEndian(record, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], record.Length);
        BinaryPrimitives.WriteInt64LittleEndian(record[8..], End);
        BinaryPrimitives.WriteUInt64LittleEndian(record[16..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(record[16..], Checksum(record));
        while (_length < End + record.Length)
        {
            RandomAccess.Write(_file, _zeros, _length);
            _length += Chunk;
        }

        _isUnknown = true;
        RandomAccess.Write(_file, record, End);
        Flush?.Invoke(_file);
        _isUnknown = false;
        Last = End;
        End += record.Length;
        Discard();
    }

    /// <summary>
    /// Forgets what was added and not written, and undoes what was written and failed: who reads on is told that it is not there, and it must not be
    /// found after a crash. Throws <see cref="IOException"/> as long as the disk refuses.
    /// </summary>
    public void Discard()
    {
        if (_isUnknown)
        {
            RandomAccess.Write(_file, _zeros.AsSpan(0, RecordHeader), End);
            Flush?.Invoke(_file);
            _isUnknown = false;
        }

        if (_record.Capacity > Chunk) _record = new ArrayBufferWriter<byte>(64 * 1024);
        _record.ResetWrittenCount();
        _record.GetSpan(RecordHeader)[..RecordHeader].Clear();
        _record.Advance(RecordHeader);
    }

    /// <summary>What stands beside an entry; null when there is none at that place that is whole.</summary>
    public BookLink? Link(long offset)
    {
        var entry = EntryAt(offset);
        return entry.IsEmpty ? null : LinkIn(entry);
    }

    /// <summary>Null when there is none at that place that is whole.</summary>
    public (BookLink Link, byte[] Entry)? Entry(long offset)
    {
        var entry = EntryAt(offset);
        return entry.IsEmpty ? null : (LinkIn(entry), entry[EntryHeader..].ToArray());
    }

    /// <summary>The entries of the records from the beginning of one to the end.</summary>
    public IEnumerable<(long Offset, BookLink Link)> From(long offset)
    {
        for (var at = offset; at < End;)
        {
            if (RecordAt(at) is not { } record) throw new InvalidDataException($"'{FileName}' is damaged at byte {at}.");
            foreach (var entry in EntriesIn(record, at)) yield return entry;
            at += record.Length;
        }
    }

    /// <summary>Waits for the disk where records do not.</summary>
    public void EnsureLasting()
    {
        if (Flush is null) DiskFlush.Data(_file);
    }

    /// <summary>Gives back what was kept ready for records to come.</summary>
    public void Trim() => RandomAccess.SetLength(_file, _length = End);

    public void Dispose() => _file.Dispose();

    private static IEnumerable<(long Offset, BookLink Link)> EntriesIn(byte[] record, long offset)
    {
        for (var at = RecordHeader; at < record.Length; at += Align(EntryHeader + BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(at + 4))))
            yield return (offset + at, LinkIn(record.AsSpan(at)));
    }

    private byte[]? RecordAt(long offset)
    {
        Span<byte> header = stackalloc byte[RecordHeader];
        if (Read(header, offset) < RecordHeader || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic) return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        if (length <= RecordHeader || length > _length - offset || BinaryPrimitives.ReadInt64LittleEndian(header[8..]) != offset) return null;
        var record = new byte[length];
        if (Read(record, offset) < length) return null;
        var checksum = BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(16));
        record.AsSpan(16, sizeof(uint)).Clear();
        return Checksum(record) == checksum ? record : null;
    }

    /// <summary>A whole entry with its header, until the next is read; empty when there is none at that place.</summary>
    private ReadOnlySpan<byte> EntryAt(long offset)
    {
        if (offset < RecordHeader || offset % Alignment != 0 || offset > End - EntryHeader) return default;
        var header = Written(offset, EntryHeader);
        if (header.IsEmpty) return default;
        var checksum = BinaryPrimitives.ReadUInt32LittleEndian(header);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        if (length < 0 || length > End - offset - EntryHeader) return default;
        var entry = Written(offset, EntryHeader + length);
        return !entry.IsEmpty && Checksum(entry[4..]) == checksum ? entry : default;
    }

    /// <summary>Bytes before the end; empty when the file lacks them.</summary>
    private ReadOnlySpan<byte> Written(long offset, int length)
    {
        var from = offset / Block * Block;
        if (offset + length > from + Block)
        {
            var bytes = new byte[length];
            return Read(bytes, offset) == length ? bytes : default;
        }

        // What is written is never changed, so the block stays true up to where the end was.
        if (from != _inBlock.From || offset + length > from + _inBlock.Length) _inBlock = (from, Read(_block.AsSpan(0, (int)Math.Min(Block, End - from)), from));
        return offset + length <= from + _inBlock.Length ? _block.AsSpan((int)(offset - from), length) : default;
    }

    private int Read(Span<byte> bytes, long offset)
    {
        var read = 0;
        while (read < bytes.Length && RandomAccess.Read(_file, bytes[read..], offset + read) is > 0 and var more) read += more;
        return read;
    }

    /// <summary>Where a whole record is that lies behind a place; null when there is none.</summary>
    private long? RecordBehind(long place)
    {
        var buffer = new byte[Chunk];
        for (var from = place + Alignment; from < _length; from += Chunk)
        {
            var found = Read(buffer, from);
            for (var i = 0; i + sizeof(uint) <= found; i += Alignment)
            {
                if (BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(i)) == Magic && RecordAt(from + i) is not null) return from + i;
            }
        }

        return null;
    }

    private static InvalidDataException Damaged(long place, string why) =>
        new($"'{FileName}' is damaged or too old: it has no entries at byte {place}, but {why}. Restore it and {SqliteDatabase.FileName} from the same moment.");

    private static BookLink LinkIn(ReadOnlySpan<byte> entry) => new(
        BinaryPrimitives.ReadInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadInt64LittleEndian(entry[16..]), BinaryPrimitives.ReadInt64LittleEndian(entry[24..]));

    private static int Align(int size) => (size + Alignment - 1) / Alignment * Alignment;

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes) crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }
}
