namespace OrleansGateway;

/// <summary>Where one tenant's book ends.</summary>
internal sealed class BookHead
{
    public required string Name { get; init; }

    /// <summary>The tenant's number in the entries and the tables.</summary>
    public required long Tenant { get; init; }

    public long Count { get; set; }

    /// <summary>Where the newest entry is; 0 when there is none.</summary>
    public long LastId { get; set; }

    /// <summary>Ahead of what the table says.</summary>
    public bool Dirty { get; set; }
}
