namespace OrleansGateway;

/// <summary>What a confirmed write of the embedded store outlives.</summary>
public enum EmbeddedDurability
{
    /// <summary>Loss of power: every group commit waits until the disk has it (fsync).</summary>
    PowerLoss,

    /// <summary>The end of this process only: several times faster, and a loss of power may take the last moments with it.</summary>
    ProcessCrash,
}
