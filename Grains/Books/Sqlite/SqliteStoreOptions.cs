namespace OrleansGateway;

/// <summary>Where the embedded store lives and how sure a write must be before it counts.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>Created when missing. One process at a time may use it.</summary>
    public string DataDirectory { get; set; } = "data";

    public EmbeddedDurability Durability { get; set; } = EmbeddedDurability.PowerLoss;

    /// <summary>Reads and writes that may wait for the disk; beyond it callers are turned away at once, so that a slow disk cannot fill the memory.</summary>
    public int WaitingLimit { get; set; } = 10_000;

    /// <summary>How long the disk may take for what it has in hand before all who wait are told that the outcome is unknown; null: for ever.</summary>
    public TimeSpan? AnswerTimeout { get; set; }
}
