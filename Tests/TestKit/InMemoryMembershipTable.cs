using System.Collections.Concurrent;
using System.Globalization;

namespace OrleansGateway.Tests.TestKit;

/// <summary>The contract of a membership table in its plainest form; handles of one store share their clusters.</summary>
internal sealed class InMemoryMembershipTable(InMemoryMembershipTable.Clusters clusters, string own) : IMembershipTable
{
    public Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (tryInitTableVersion) clusters.Tables.TryAdd(own, new Table());
        return Task.CompletedTask;
    }

    public Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken = default) =>
        With(table => new MembershipTableData([.. table.Rows.Values.Select(row => Tuple.Create(CopyOf(row), table.Etag))], table.TableVersion), cancellationToken);

    public Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken = default) => With(
        table => table.Rows.TryGetValue(key, out var row)
            ? new MembershipTableData(Tuple.Create(CopyOf(row), table.Etag), table.TableVersion)
            : new MembershipTableData(table.TableVersion),
        cancellationToken);

    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken = default) =>
        With(table => !table.Rows.ContainsKey(entry.SiloAddress) && table.Commit(tableVersion, entry), cancellationToken);

    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken = default) =>
        With(table => table.Rows.ContainsKey(entry.SiloAddress) && table.Commit(tableVersion, entry), cancellationToken);

    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken = default) => With(table =>
    {
        if (table.Rows.TryGetValue(entry.SiloAddress, out var row)) row.IAmAliveTime = entry.IAmAliveTime;
        return true;
    }, cancellationToken);

    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken = default) => With(table =>
    {
        var defunct = table.Rows.Values
            .Where(row => row.Status == SiloStatus.Dead
                && (row.SuspectTimes ?? []).Select(vote => vote.Item2).Append(row.StartTime).Append(row.IAmAliveTime).Max() < beforeDate.UtcDateTime)
            .ToList();
        foreach (var row in defunct) table.Rows.Remove(row.SiloAddress);
        if (defunct.Count > 0) table.Version++;
        return true;
    }, cancellationToken);

    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken = default)
    {
        if (clusterId != own) throw new ArgumentException("Another cluster's.", nameof(clusterId));
        clusters.Tables.TryRemove(own, out _);
        return Task.CompletedTask;
    }

    public Task InitializeMembershipTable(bool tryInitTableVersion) => InitializeMembershipTableAsync(tryInitTableVersion);

    public Task DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(clusterId);

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => CleanupDefunctSiloEntriesAsync(beforeDate);

    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadRowAsync(key);

    public Task<MembershipTableData> ReadAll() => ReadAllAsync();

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => InsertRowAsync(entry, tableVersion);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => UpdateRowAsync(entry, etag, tableVersion);

    public Task UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry);

    private Task<T> With<T>(Func<Table, T> ask, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (!clusters.Tables.TryGetValue(own, out var table)) throw new InvalidOperationException($"There is no table of {own}.");
        lock (table) return Task.FromResult(ask(table));
    }

    private static MembershipEntry CopyOf(MembershipEntry row) => new()
    {
        SiloAddress = row.SiloAddress,
        Status = row.Status,
        SiloName = row.SiloName,
        HostName = row.HostName,
        ProxyPort = row.ProxyPort,
        RoleName = row.RoleName,
        UpdateZone = row.UpdateZone,
        FaultZone = row.FaultZone,
        StartTime = row.StartTime,
        IAmAliveTime = row.IAmAliveTime,
        SuspectTimes = [.. row.SuspectTimes ?? []],
    };

    internal sealed class Clusters
    {
        public ConcurrentDictionary<string, Table> Tables { get; } = new();
    }

    internal sealed class Table
    {
        public int Version { get; set; }

        public Dictionary<SiloAddress, MembershipEntry> Rows { get; } = [];

        public string Etag => Version.ToString(CultureInfo.InvariantCulture);

        public TableVersion TableVersion => new(Version, Etag);

        public bool Commit(TableVersion next, MembershipEntry entry)
        {
            if (next.VersionEtag != Etag || next.Version != Version + 1) return false;
            Version++;
            Rows[entry.SiloAddress] = CopyOf(entry);
            return true;
        }
    }
}
