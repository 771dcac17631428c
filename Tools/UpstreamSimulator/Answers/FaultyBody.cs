namespace OrleansGateway.Simulator;

/// <summary>The response body, which may be cut, held or dripped as the script says.</summary>
internal sealed class FaultyBody(HttpContext http, SimulatorScript script, CancellationToken left)
{
    private long _sent;

    /// <summary>False once the script wants the connection cut; what was due before the cut has then been handed to the network.</summary>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        left.ThrowIfCancellationRequested();
        if (script.CutAfterBytes is { } cut && _sent + bytes.Length > cut)
        {
            await SendAsync(bytes[..(int)(cut - _sent)]);
            return false;
        }

        if (script.HangAfterBytes is { } hang && _sent + bytes.Length > hang)
        {
            await SendAsync(bytes[..(int)(hang - _sent)]);
            await HangAsync();
        }

        await SendAsync(bytes);
        return true;
    }

    /// <summary>Ends only by cancellation: when the caller hangs up or the simulator stops.</summary>
    public Task HangAsync() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, left);

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        _sent += bytes.Length;
        if (!script.SplitBytes)
        {
            await http.Response.BodyWriter.WriteAsync(bytes, left);
            return;
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            await http.Response.BodyWriter.WriteAsync(bytes.Slice(i, 1), left);
        }
    }
}
