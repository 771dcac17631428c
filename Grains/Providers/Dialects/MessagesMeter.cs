namespace OrleansGateway;

/// <summary>
/// Watches a stream of Anthropic's messages. Its first event tells the input, <c>message_delta</c> the output so far, <c>message_stop</c> ends it, and there
/// is no <c>[DONE]</c>. Numbers are totals, so the last ones count; one that is zero was not told, for relays put it where they know nothing.
/// </summary>
internal sealed class MessagesMeter : StreamMeter
{
    private ReportedUsage? _told;
    private long _bytes;
    private long _deltas;

    public override long OutputBound => Math.Max(_bytes, _deltas);

    public override ChunkKind Look(ReadOnlySpan<byte> data)
    {
        var text = data.Trim(" \t\n"u8);
        if (text.IsEmpty) return ChunkKind.Content;
        if (!EventScan.TryScan(text, _told, out var scan)) return ChunkKind.Bad;
        var type = text.Slice(scan.Type.Start, scan.Type.Length);
        if (scan.HasUsage) _told = _told is { } before ? scan.Usage.OrBefore(before) : scan.Usage;
        if (type.SequenceEqual("message_stop"u8)) return ChunkKind.Done;
        if (type.SequenceEqual("error"u8) || scan.HasError) return ChunkKind.Error;
        if (type.SequenceEqual("message_delta"u8))
        {
            // Only now is it known what the output was: the first event counts none of it.
            if (scan.HasUsage) Usage = _told;
        }
        else if (type.SequenceEqual("content_block_delta"u8) || type.SequenceEqual("content_block_start"u8))
        {
            Usage = null;
            var bytes = scan.DeltaBytes + scan.PartBytes;
            _bytes += bytes;
            // A block that begins empty has no token yet.
            if (bytes > 0 || type.SequenceEqual("content_block_delta"u8)) _deltas++;
        }
        return ChunkKind.Content;
    }
}
