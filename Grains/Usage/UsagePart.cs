using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace OrleansGateway;

/// <summary>
/// The rows of one UTC day, or a part of them: a day with many goes on in a further part, so that what is held decoded and written anew
/// stays small. <see cref="UsagePartReader"/> reads its bytes.
/// </summary>
internal sealed class UsagePart
{
    /// <summary>First in the bytes; a part of another version is made anew from the book.</summary>
    public const byte Version = 1;

    private readonly NameTable _names = new();
    private readonly Dictionary<UsageKey, UsageTotals> _rows = [];

    public int RowCount => _rows.Count;

    public void Add(in UsageLine line)
    {
        var quarter = (int)(line.At.UtcDateTime.TimeOfDay.Ticks / UsageQuery.Quarter.Ticks);
        var key = new UsageKey(quarter, _names.PlaceOf(line.Provider), _names.PlaceOf(line.Model), _names.PlaceOf(line.Key), _names.PlaceOf(line.User));
        ref var totals = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, key, out _);
        totals += line.Totals;
    }

    public byte[] ToBytes()
    {
        var bytes = new ArrayBufferWriter<byte>(64 + (_rows.Count * 24));
        Varints.Write(bytes, Version);
        Varints.Write(bytes, (ulong)_names.Names.Count);
        foreach (var name in _names.Names)
        {
            Varints.Write(bytes, (ulong)Encoding.UTF8.GetByteCount(name));
            Encoding.UTF8.GetBytes(name, bytes);
        }

        Varints.Write(bytes, (ulong)_rows.Count);
        var quarter = 0;
        foreach (var key in _rows.Keys.Order())
        {
            Varints.Write(bytes, (ulong)(key.Quarter - quarter));
            quarter = key.Quarter;
            WriteRow(bytes, key, _rows[key]);
        }
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>A part to go on with; throws <see cref="InvalidDataException"/> when the bytes are not one.</summary>
    public static UsagePart FromBytes(ReadOnlySpan<byte> bytes)
    {
        var part = new UsagePart();
        var reader = new UsagePartReader(bytes);
        foreach (var name in reader.Names.AsSpan(1)) part._names.PlaceOf(name);
        if (part._names.Names.Count != reader.Names.Length - 1) throw new InvalidDataException("A name stands there twice.");
        while (reader.Read(out var key, out var totals)) part._rows[key] = totals;
        return part;
    }

    private static void WriteRow(ArrayBufferWriter<byte> bytes, in UsageKey key, in UsageTotals totals)
    {
        Varints.Write(bytes, (ulong)key.Provider);
        Varints.Write(bytes, (ulong)key.Model);
        Varints.Write(bytes, (ulong)key.Key);
        Varints.Write(bytes, (ulong)key.User);
        Span<long> fields = stackalloc long[UsageTotalsFields.Count];
        UsageTotalsFields.Write(totals, fields);
        var present = 0UL;
        for (var i = 0; i < fields.Length; i++)
            if (fields[i] != 0) present |= 1UL << i;
        Varints.Write(bytes, present);
        foreach (var field in fields)
            if (field != 0) Varints.WriteSigned(bytes, field);
    }
}
