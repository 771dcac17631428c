using System.Buffers;

namespace OrleansGateway.Simulator;

/// <summary>Plays one answer as its script wants it, and sees to it that every ending is billed as a provider would.</summary>
internal sealed class Performance(
    HttpContext http,
    ReceivedCall call,
    SimulatorScript script,
    Answer answer,
    Meter meter,
    GateKeeper gates,
    TimeProvider time,
    CancellationToken left)
{
    private const int CallerLeft = 499;
    private const int NothingSent = 0;
    private const int DelayedPieces = 8;
    private readonly FaultyBody _body = new(http, script, left);

    public async Task PlayAsync()
    {
        try
        {
            await BeforeHeadersAsync();
        }
        catch (Exception gone) when (left.IsCancellationRequested && gone is OperationCanceledException or IOException)
        {
            call.CallerLeft = http.RequestAborted.IsCancellationRequested;
            call.Status = http.Response.HasStarted ? http.Response.StatusCode : CallerLeft;
            meter.BillProduced(call.Status.Value, completed: false);
            http.Abort();
        }
    }

    private async Task BeforeHeadersAsync()
    {
        if (script is { Gate: { } gate, GateAfterChunks: null })
        {
            await gates.PassAsync(gate, left);
        }

        await WaitAsync(script.LatencyMs);
        if (script.CloseBeforeHeaders)
        {
            call.Status = NothingSent;
            meter.BillFailure(NothingSent);
            http.Abort();
        }
        else if (script.NoHeaders)
        {
            await _body.HangAsync();
        }
        else if (Refusals.IsOne(script))
        {
            await Refusals.SendAsync(http, script, answer, meter);
        }
        else
        {
            AddHeaders();
            await (answer is ChatAnswer { Streams: true } chat ? StreamAsync(chat) : SendJsonAsync());
        }
    }

    private async Task StreamAsync(ChatAnswer chat)
    {
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-cache";
        await http.Response.BodyWriter.FlushAsync(left);
        await WaitAsync(script.TtftMs);
        await new ChatStream(http, script, chat, meter, gates, time, _body, left).PlayAsync();
    }

    private async Task SendJsonAsync()
    {
        http.Response.ContentType = "application/json";
        var json = new ArrayBufferWriter<byte>(1024);
        answer.WriteJson(json, script.Usage);
        var bytes = Damaged(json.WrittenMemory);

        // What is read by the caller must already be on the bill.
        var broken = script.TruncatedJson || script.BadChunkFraming || script.CutAfterBytes < bytes.Length || script.HangAfterBytes < bytes.Length;
        meter.BillWhole(StatusCodes.Status200OK, completed: !broken);
        if (script.TruncatedJson)
        {
            call.Status = StatusCodes.Status200OK;
            await RawConnection.SendUnframedHalfAsync(http, bytes, left);
            return;
        }

        if (script.BadChunkFraming)
        {
            await _body.WriteAsync(bytes[..(bytes.Length / 2)]);
            await RawConnection.SendBadChunkAsync(http, left);
            return;
        }

        http.Response.ContentLength = bytes.Length;
        if (!await SendAsync(bytes))
        {
            http.Abort();
        }
    }

    private async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (script.ChunkDelayMs == 0)
        {
            return await _body.WriteAsync(bytes);
        }

        var size = (bytes.Length / DelayedPieces) + 1;
        for (var at = 0; at < bytes.Length; at += size)
        {
            await WaitAsync(script.ChunkDelayMs);
            if (!await _body.WriteAsync(bytes[at..Math.Min(at + size, bytes.Length)]))
            {
                return false;
            }
        }

        return true;
    }

    private ReadOnlyMemory<byte> Damaged(ReadOnlyMemory<byte> bytes)
    {
        if (script.InvalidUtf8)
        {
            bytes = Damage.InvalidUtf8(bytes.Span);
        }

        if (script.GzipBombBytes > 0)
        {
            http.Response.Headers.ContentEncoding = "gzip";
            bytes = Damage.GzipBomb(bytes.Span, script.GzipBombBytes);
        }

        return bytes;
    }

    private void AddHeaders()
    {
        if (script.BigHeaderBytes > 0)
        {
            http.Response.Headers["x-padding"] = new string('x', script.BigHeaderBytes);
        }
    }

    private Task WaitAsync(int milliseconds) => milliseconds == 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromMilliseconds(milliseconds), time, left);
}
