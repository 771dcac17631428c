using System.Text;

namespace OrleansGateway;

/// <summary>Reads the bytes of a <see cref="UsagePart"/> row by row; throws <see cref="InvalidDataException"/> when they are not one.</summary>
internal ref struct UsagePartReader
{
    private ReadOnlySpan<byte> _bytes;
    private int _left;
    private int _quarter;

    public UsagePartReader(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        if (Varints.Read(ref _bytes) is var version && version != UsagePart.Version) throw new InvalidDataException($"Version {version} is unknown.");
        // Every name and every row has a byte at least.
        Names = new string?[Varints.ReadUpTo(ref _bytes, bytes.Length) + 1];
        for (var i = 1; i < Names.Length; i++)
        {
            var length = Varints.ReadUpTo(ref _bytes, _bytes.Length);
            if (length > _bytes.Length) throw new InvalidDataException("A name ends early.");
            Names[i] = Encoding.UTF8.GetString(_bytes[..length]);
            _bytes = _bytes[length..];
        }
        _left = Varints.ReadUpTo(ref _bytes, bytes.Length);
    }

    /// <summary>Names by their places; the first is null.</summary>
    public string?[] Names { get; }

    public bool Read(out UsageKey key, out UsageTotals totals)
    {
        (key, totals) = (default, default);
        if (_left == 0) return _bytes.IsEmpty ? false : throw new InvalidDataException("Bytes follow the last row.");
        _left--;
        _quarter += Varints.ReadUpTo(ref _bytes, UsageKey.QuartersPerDay - 1 - _quarter);
        var most = Names.Length - 1;
        key = new UsageKey(
            _quarter, Varints.ReadUpTo(ref _bytes, most), Varints.ReadUpTo(ref _bytes, most), Varints.ReadUpTo(ref _bytes, most), Varints.ReadUpTo(ref _bytes, most));
        totals = ReadTotals();
        return true;
    }

    private UsageTotals ReadTotals()
    {
        Span<long> fields = stackalloc long[UsageTotalsFields.Count];
        var present = Varints.Read(ref _bytes);
        if (present >> fields.Length != 0) throw new InvalidDataException("A row has numbers that are unknown.");
        for (var i = 0; present != 0; i++, present >>= 1) fields[i] = (present & 1) != 0 ? Varints.ReadSigned(ref _bytes) : 0;
        return UsageTotalsFields.Read(fields);
    }
}
