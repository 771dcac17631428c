using System.Globalization;
using System.Net;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>Rows to write, and rows as text to compare.</summary>
internal static class Silos
{
    public static readonly DateTime Start = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    public static SiloAddress Address(int number, int generation = 1, string ip = "10.0.0.1") => SiloAddress.New(IPAddress.Parse(ip), 11_000 + number, generation);

    public static MembershipEntry Row(SiloAddress silo, SiloStatus status = SiloStatus.Joining, DateTime? start = null) => new()
    {
        SiloAddress = silo,
        Status = status,
        SiloName = $"silo-{silo.Endpoint.Port}",
        HostName = "host",
        RoleName = "role",
        ProxyPort = 30_000,
        StartTime = start ?? Start,
        IAmAliveTime = start ?? Start,
        SuspectTimes = [],
    };

    /// <summary>A heartbeat as Orleans sends it: nothing but address and time.</summary>
    public static MembershipEntry Heartbeat(SiloAddress silo, DateTime at) => new() { SiloAddress = silo, IAmAliveTime = at };

    /// <summary>What belongs to the committed state of a row: all but its heartbeat.</summary>
    public static string Text(MembershipEntry row) => string.Create(
        CultureInfo.InvariantCulture,
        $"{row.SiloAddress} {row.Status} {row.SiloName} {row.HostName} {row.ProxyPort} {row.RoleName} {row.UpdateZone} {row.FaultZone} "
        + $"{row.StartTime:O} [{string.Join(", ", (row.SuspectTimes ?? []).Select(vote => $"{vote.Item1} {vote.Item2:O}"))}]");

    public static IReadOnlyList<string> Texts(MembershipTableData table) => [.. table.Members.Select(member => Text(member.Item1)).Order(StringComparer.Ordinal)];

    public static MembershipEntry Row(this MembershipTableData table, SiloAddress silo) => table.Members.Single(member => member.Item1.SiloAddress.Equals(silo)).Item1;

    public static string RowEtag(this MembershipTableData table, SiloAddress silo) => table.Members.Single(member => member.Item1.SiloAddress.Equals(silo)).Item2;
}
