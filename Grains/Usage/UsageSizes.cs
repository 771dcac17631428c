namespace OrleansGateway;

/// <summary>What bounds the memory and the writes of roll-ups.</summary>
internal sealed record UsageSizes
{
    public static readonly UsageSizes Default = new();

    /// <summary>A part with as many rows is full and never changes again.</summary>
    public int RowsPerPart { get; init; } = 50_000;

    /// <summary>Days that may be written to at once before all is saved; more than one only where clocks disagree, or while catching up.</summary>
    public int OpenDays { get; init; } = 4;

    /// <summary>Entries after which what was folded is stored, so that the next activation need not fold them again.</summary>
    public long EntriesPerSave { get; init; } = 5_000;

    /// <summary>Rows of the roll-up that are summed at a time for an answer that is told apart by time.</summary>
    public long RowsAtOnce { get; init; } = 200_000;
}
