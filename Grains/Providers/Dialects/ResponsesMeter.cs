namespace OrleansGateway;

/// <summary>
/// Watches a stream of OpenAI's responses. Its last event brings the usage, and there is no <c>[DONE]</c>; what earlier events say of usage is not yet true.
/// Text comes as deltas and once more in whole items: the larger of the two bounds what came.
/// </summary>
internal sealed class ResponsesMeter : StreamMeter
{
    private long _deltaBytes;
    private long _deltas;
    private long _itemBytes;

    public override long OutputBound => Math.Max(Math.Max(_deltaBytes, _deltas), _itemBytes);

    public override ChunkKind Look(ReadOnlySpan<byte> data)
    {
        var text = data.Trim(" \t\n"u8);
        if (text.IsEmpty) return ChunkKind.Content;
        if (!EventScan.TryScan(text, before: null, out var scan)) return ChunkKind.Bad;
        var type = text.Slice(scan.Type.Start, scan.Type.Length);
        if (type.SequenceEqual("response.completed"u8) || type.SequenceEqual("response.incomplete"u8)) return End(scan, ChunkKind.Done);
        if (type.SequenceEqual("response.failed"u8)) return End(scan, ChunkKind.Failed);
        if (type.SequenceEqual("error"u8) || scan.HasError) return ChunkKind.Error;
        if (type.SequenceEqual("response.output_item.done"u8)) _itemBytes += scan.PartBytes;
        if (!type.EndsWith(".delta"u8)) return ChunkKind.Content;
        _deltaBytes += scan.DeltaBytes;
        _deltas++;
        return ChunkKind.Content;
    }

    private ChunkKind End(in EventScan scan, ChunkKind kind)
    {
        if (scan.HasUsage) Usage = scan.Usage;
        return kind;
    }
}
