using System.Text.Unicode;

namespace OrleansGateway;

/// <summary>
/// Watches the chunks of a chat completion go by. Usage counts when no text comes after it: relays make some of what an upstream says before it begins. Until
/// it comes, what came is counted, in case it never does.
/// </summary>
internal sealed class ChunkMeter : StreamMeter
{
    private long _bytes;
    private long _deltas;
    private int? _onlyChoice;

    public override long OutputBound => Math.Max(_bytes, _deltas);

    public override int? OnlyChoice => _onlyChoice;

    public override ChunkKind Look(ReadOnlySpan<byte> data)
    {
        _onlyChoice = null;
        var text = data.Trim(" \t\n"u8);
        if (text.IsEmpty) return ChunkKind.Content;
        if (text[0] != (byte)'{') return text.SequenceEqual("[DONE]"u8) ? ChunkKind.Done : ChunkKind.Bad;
        if (!Utf8.IsValid(text) || !ChunkScan.TryScan(text, out var chunk)) return ChunkKind.Bad;
        if (chunk.TextBytes > 0) Usage = null;
        _bytes += chunk.TextBytes;
        _deltas += chunk.Deltas;
        if (chunk.Choices == 1) _onlyChoice = chunk.Index;
        return chunk.IsMore ? Parse(data) : ChunkKind.Content;
    }

    private ChunkKind Parse(ReadOnlySpan<byte> data)
    {
        if (!AnswerScan.TryScan(data, out var scan)) return ChunkKind.Bad;
        LastScan = scan;
        if (scan.Usage is not null) Usage = scan.Usage;
        if (scan.HasError) return ChunkKind.Error;
        return scan is { Usage: not null, HasContent: false } ? ChunkKind.Usage : ChunkKind.Content;
    }
}
