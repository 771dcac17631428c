namespace OrleansGateway;

/// <summary>Where one tenant's book ends.</summary>
internal sealed class BookHead
{
    /// <summary>The tenant's number in the tables; 0 until its first entry is written.</summary>
    public long Tenant { get; set; }

    public long Count { get; set; }

    /// <summary>The row of the newest entry; 0 when there is none.</summary>
    public long LastId { get; set; }

    /// <summary>Ahead of what the table says.</summary>
    public bool Dirty { get; set; }
}
