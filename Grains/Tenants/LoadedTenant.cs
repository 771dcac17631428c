namespace OrleansGateway;

/// <summary>A tenant whose book was read, with all that decides on its account and writes to its book. An activation has it until its book is read again.</summary>
internal sealed class LoadedTenant
{
    public required TenantBook Book { get; init; }

    public TenantAccount Account => Book.Account;

    public required Admission Admission { get; init; }

    public required TenantAdministration Administration { get; init; }

    public required ApiKeyIndex KeyIndex { get; init; }

    public required EndUserAdministration EndUsers { get; init; }

    public required HoldResolutions Resolutions { get; init; }

    public required EndingSearch Endings { get; init; }

    public required AlertHandover Alerts { get; init; }

    public required SnapshotPace Pace { get; init; }
}
