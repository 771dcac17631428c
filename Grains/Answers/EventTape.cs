using System.Buffers;

namespace OrleansGateway;

/// <summary>Takes down the events of a stream as its caller gets them, or would, had it stayed; up to a limit.</summary>
internal sealed class EventTape(int mostBytes)
{
    private readonly ArrayBufferWriter<byte> _events = new();

    /// <summary>Whether more came than is kept.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Where the cost stands; null when the events tell none.</summary>
    public int? CostAt { get; private set; }

    public ReadOnlyMemory<byte> Events => _events.WrittenMemory;

    public void Add(ReadOnlySpan<byte> events)
    {
        IsTooLong |= _events.WrittenCount + events.Length > mostBytes;
        if (IsTooLong) _events.ResetWrittenCount();
        else _events.Write(events);
    }

    /// <summary>Leaves a place for the cost, which is told when it is booked.</summary>
    public void AddCost() => CostAt = _events.WrittenCount;
}
