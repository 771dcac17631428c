using System.Buffers;
using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Sends a chat answer chunk by chunk, with the faults its script asks for in between.</summary>
internal sealed class ChatStream(
    HttpContext http,
    SimulatorScript script,
    ChatAnswer answer,
    Meter meter,
    GateKeeper gates,
    TimeProvider time,
    FaultyBody body,
    CancellationToken left)
{
    private const int ChunksBeforeBadFraming = 2;
    private readonly EventFormat _events = new(script);
    private readonly ArrayBufferWriter<byte> _json = new(512);
    private readonly ArrayBufferWriter<byte> _event = new(512);
    private readonly long _started = time.GetTimestamp();
    private bool _padded = script.BigEventBytes == 0;
    private int _tokens;

    public async Task PlayAsync()
    {
        var sent = 0;
        using var chunks = answer.Wire.Chunks(answer, script).GetEnumerator();
        for (var more = chunks.MoveNext(); more; sent++)
        {
            if (await StopsAsync(sent))
            {
                return;
            }

            var chunk = chunks.Current;
            more = chunks.MoveNext();
            await PaceAsync(chunk);
            if (!await SendChunkAsync(chunk, sent, last: !more && (script.OmitDone || !answer.Wire.EndsWithDone), malformed: script.MalformedChunkAt == sent))
            {
                Cut();
                return;
            }
        }

        if (await StopsAsync(sent))
        {
            return;
        }

        meter.BillWhole(StatusCodes.Status200OK, completed: true);
        if (answer.Wire.EndsWithDone && !script.OmitDone && !await SendAsync("[DONE]"u8, name: null, last: true))
        {
            http.Abort();
        }
    }

    /// <summary>Whether the script ends the stream here.</summary>
    private async Task<bool> StopsAsync(int sent)
    {
        if (script.GateAfterChunks == sent && script.Gate is { } gate)
        {
            await gates.PassAsync(gate, left);
        }

        if (script.HangAfterChunks == sent)
        {
            await body.HangAsync();
        }

        if (script.CutAfterChunks == sent)
        {
            Cut();
            return true;
        }

        if (script.CleanEndAfterChunks == sent)
        {
            meter.BillProduced(StatusCodes.Status200OK, completed: false);
            return true;
        }

        if (script.BadChunkFraming && sent == ChunksBeforeBadFraming)
        {
            meter.BillProduced(StatusCodes.Status200OK, completed: false);
            await RawConnection.SendBadChunkAsync(http, left);
            return true;
        }

        if (script.ErrorEventAt == sent)
        {
            await SendErrorAsync(sent);
            return true;
        }

        return false;
    }

    private async Task SendErrorAsync(int sent)
    {
        // Before the first token an error is free, as one with a status is; later what was produced is billed.
        if (script.BillAnyway)
        {
            meter.BillWhole(StatusCodes.Status200OK, completed: false);
        }
        else if (meter.Produced > 0)
        {
            meter.BillProduced(StatusCodes.Status200OK, completed: false);
        }

        if (script.UsageInError)
        {
            await SendChunkAsync(new ChatChunk(ChatChunkKind.Usage, null, default), sent, last: false, malformed: false);
        }

        var (name, data) = answer.Wire.ErrorEvent(script with { UsageInError = false }, answer);
        await SendAsync(data, name, last: true);
    }

    private async Task<bool> SendChunkAsync(ChatChunk chunk, int number, bool last, bool malformed)
    {
        var billable = chunk.Choice is null || chunk.Choice.Index < answer.AskedFor;
        _tokens += chunk.Piece.Tokens;
        if (chunk.Piece.Tokens > 0 && billable)
        {
            meter.Produce(chunk.Piece.Tokens);
        }

        if (chunk.Kind == ChatChunkKind.Usage)
        {
            // What the caller may take for the end must already be on the bill.
            meter.BillWhole(StatusCodes.Status200OK, completed: true);
        }

        var padding = chunk.Kind == ChatChunkKind.Text && !_padded ? script.BigEventBytes : 0;
        _padded |= padding > 0;
        _json.ResetWrittenCount();
        string? name;
        await using (var json = new Utf8JsonWriter(_json, SimulatorJson.Wire))
        {
            var soFar = script.Usage == UsageShape.Cumulative ? answer.Usage with { Output = meter.Produced } : (UsageTokens?)null;
            name = answer.Wire.WriteEvent(json, answer, new StreamedEvent(chunk, number, soFar, padding, script.Usage));
        }

        return await SendAsync(Spoiled(chunk, malformed), name, last);
    }

    private ReadOnlySpan<byte> Spoiled(ChatChunk chunk, bool malformed)
    {
        var bytes = _json.WrittenSpan;
        if (script.InvalidUtf8 && chunk.Kind == ChatChunkKind.Text)
        {
            bytes = Damage.InvalidUtf8(bytes);
        }

        return malformed ? bytes[..(bytes.Length / 2)] : bytes;
    }

    private ValueTask<bool> SendAsync(ReadOnlySpan<byte> data, string? name, bool last)
    {
        _event.ResetWrittenCount();
        _events.Write(_event, data, name, last);
        return body.WriteAsync(_event.WrittenMemory);
    }

    /// <summary>Keeps to the pace from the start, so that late timers do not add up.</summary>
    private async Task PaceAsync(ChatChunk chunk)
    {
        if (script.ChunkDelayMs > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(script.ChunkDelayMs), time, left);
        }

        if (script.TokensPerSecond > 0 && chunk.Kind == ChatChunkKind.Text)
        {
            var wait = TimeSpan.FromSeconds(_tokens / script.TokensPerSecond) - time.GetElapsedTime(_started);
            if (wait >= TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(wait, time, left);
            }
        }
    }

    private void Cut()
    {
        meter.BillProduced(StatusCodes.Status200OK, completed: false);
        http.Abort();
    }
}
