using System.Diagnostics.CodeAnalysis;

namespace OrleansGateway;

/// <summary>The end users of a tenant that have ceilings of their own. In the snapshot as a whole, so there may be only so many.</summary>
internal sealed class EndUserOverrides
{
    /// <summary>The most that a tenant may have.</summary>
    public const int Capacity = 10_000;

    private readonly Dictionary<string, EndUserRecord> _byUser = [];

    /// <summary>The version of the newest change, also of one that took an override away.</summary>
    public long Version { get; private set; }

    public int Count => _byUser.Count;

    public IEnumerable<EndUserRecord> All => _byUser.Values;

    public bool TryFind(string user, [NotNullWhen(true)] out EndUserRecord? found) => _byUser.TryGetValue(user, out found);

    /// <summary>In ordinal order of their names.</summary>
    public IEnumerable<EndUserRecord> After(string? user) => _byUser.Values
        .Where(r => user is null || string.CompareOrdinal(r.User, user) > 0)
        .OrderBy(r => r.User, StringComparer.Ordinal);

    public void Apply(BookEntry.UserSet entry)
    {
        Version = entry.Version;
        if (entry.Policy is null) _byUser.Remove(entry.User);
        else _byUser[entry.User] = new EndUserRecord(entry.User, entry.Policy, entry.Version, entry.At);
    }

    public void Restore(IEnumerable<EndUserRecord> records, long version)
    {
        Version = version;
        foreach (var record in records) _byUser[record.User] = record;
    }
}
