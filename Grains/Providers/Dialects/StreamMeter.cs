namespace OrleansGateway;

/// <summary>Watches the events of one stream go by: what it is charged for, how much has come, and when it ends.</summary>
internal abstract class StreamMeter
{
    /// <summary>The last usage that was reported.</summary>
    public ReportedUsage? Usage { get; protected set; }

    /// <summary>What the last event that reported usage holds.</summary>
    public AnswerScan LastScan { get; protected set; }

    /// <summary>The most tokens that all that came can hold.</summary>
    public abstract long OutputBound { get; }

    /// <summary>Tells what an event's data is, and takes note of it.</summary>
    public abstract ChunkKind Look(ReadOnlySpan<byte> data);
}
