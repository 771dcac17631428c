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

    /// <summary>The index of the one choice that the last event had a part of; null when it had another number of them, or none is counted.</summary>
    public virtual int? OnlyChoice => null;

    /// <summary>Tells what an event's data is, and takes note of it.</summary>
    public abstract ChunkKind Look(ReadOnlySpan<byte> data);
}
