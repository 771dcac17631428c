namespace OrleansGateway;

/// <summary>A row between Orleans and the wire. Every field survives, times with every tick.</summary>
internal static class ClusterRow
{
    public static MemberObject ToMember(MembershipEntry entry) => new()
    {
        Address = entry.SiloAddress.ToParsableString(),
        Status = NameOf(entry.Status),
        SiloName = entry.SiloName,
        HostName = entry.HostName,
        ProxyPort = entry.ProxyPort,
        RoleName = entry.RoleName,
        UpdateZone = entry.UpdateZone,
        FaultZone = entry.FaultZone,
        StartTime = WireTime.Exact(entry.StartTime),
        IAmAliveTime = WireTime.Exact(entry.IAmAliveTime),
        SuspectTimes = entry.SuspectTimes is { Count: > 0 } votes ? [.. votes.Select(vote => new SuspectVote(vote.Item1.ToParsableString(), WireTime.Exact(vote.Item2)))] : null,
    };

    /// <summary>Throws <see cref="FormatException"/>.</summary>
    public static MembershipEntry ToEntry(MemberObject member) => new()
    {
        SiloAddress = AddressOf(member.Address),
        Status = StatusOf(member.Status),
        SiloName = member.SiloName!,
        HostName = member.HostName!,
        ProxyPort = member.ProxyPort,
        RoleName = member.RoleName!,
        UpdateZone = member.UpdateZone,
        FaultZone = member.FaultZone,
        StartTime = WireTime.Parse(member.StartTime),
        IAmAliveTime = WireTime.Parse(member.IAmAliveTime),
        SuspectTimes = [.. (member.SuspectTimes ?? []).Select(vote => Tuple.Create(AddressOf(vote.Silo), WireTime.Parse(vote.At)))],
    };

    private static SiloAddress AddressOf(string? text) =>
        SiloAddress.TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not a silo's address.");

    // Only what the definition lists: Orleans has None beside it, and numbers parse as names.
    private static SiloStatus StatusOf(string? text) => text switch
    {
        nameof(SiloStatus.Created) => SiloStatus.Created,
        nameof(SiloStatus.Joining) => SiloStatus.Joining,
        nameof(SiloStatus.Active) => SiloStatus.Active,
        nameof(SiloStatus.ShuttingDown) => SiloStatus.ShuttingDown,
        nameof(SiloStatus.Stopping) => SiloStatus.Stopping,
        nameof(SiloStatus.Dead) => SiloStatus.Dead,
        _ => throw new FormatException($"'{text}' is not a silo's status."),
    };

    private static string NameOf(SiloStatus status) =>
        status is SiloStatus.Created or SiloStatus.Joining or SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping or SiloStatus.Dead
            ? status.ToString()
            : throw new ArgumentOutOfRangeException(nameof(status), status, "Only a silo that has a state can be in the table.");
}
