using System.IO.Pipelines;

namespace OrleansGateway;

/// <summary>Reads a JSON body whole, while there is room for it and it does not take too long.</summary>
internal sealed class RequestBody(GatewayOptions options, BodyRoom room, TimeProvider time)
{
    private static readonly GatewayError NotJson = new(
        GatewayErrorKind.UnsupportedMediaType, "The request body must be plain JSON. Send 'Content-Type: application/json', in UTF-8 and without Content-Encoding.");

    /// <summary>The body, to be disposed of when its call has ended; null when the caller has been refused.</summary>
    public async ValueTask<HeldBody?> ReadAsync(Exchange exchange)
    {
        var request = exchange.Http.Request;
        if (!IsJson(request))
        {
            await exchange.RefuseAsync(NotJson, time);
            return null;
        }

        var most = (int)options.MaxRequestBodyBytes;
        var body = new HeldBody(room, exchange.Caller.TenantId, (int)Math.Min(request.ContentLength ?? 0, most), most);
        try
        {
            var refusal = request.ContentLength > most ? TooLarge(most) : await ReadAllAsync(exchange, body, most);
            if (refusal is null) return body;
            await exchange.RefuseAsync(refusal, time);
        }
        catch
        {
            body.Dispose();
            throw;
        }

        body.Dispose();
        return null;
    }

    /// <summary>Reads to the end; what the caller is to be told when that was not possible.</summary>
    private async ValueTask<GatewayError?> ReadAllAsync(Exchange exchange, HeldBody body, int most)
    {
        var reader = exchange.Http.Request.BodyReader;
        while (true)
        {
            var pending = reader.ReadAsync();
            var read = pending.IsCompleted ? await pending : await InTimeAsync(reader, pending.AsTask(), options.RequestBodyTimeout - time.GetElapsedTime(exchange.StartedAt));
            var refusal = read.IsCanceled ? Faults.TooSlow : read.Buffer.Length > most - body.Length ? TooLarge(most) : body.Add(read.Buffer);
            reader.AdvanceTo(read.Buffer.End);
            if (refusal is not null || read.IsCompleted) return refusal;
        }
    }

    private async Task<ReadResult> InTimeAsync(PipeReader reader, Task<ReadResult> pending, TimeSpan left)
    {
        try
        {
            return await pending.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        }
        catch (TimeoutException)
        {
            // Only now, while it is known to wait: it would end a later read, of the connection's next request.
            reader.CancelPendingRead();
            return await pending;
        }
    }

    private static GatewayError TooLarge(int most) => Faults.TooLarge with { Message = $"The request body is larger than {most} bytes. Send less." };

    private static bool IsJson(HttpRequest request)
    {
        if (request.Headers.ContentEncoding is { Count: > 0 } encodings && !string.Equals(encodings.ToString(), "identity", StringComparison.OrdinalIgnoreCase)) return false;

        var type = request.ContentType.AsSpan();
        const string Json = "application/json";
        if (!type.StartsWith(Json, StringComparison.OrdinalIgnoreCase)) return false;
        var rest = type[Json.Length..].Trim(' ');
        if (rest.IsEmpty) return true;
        if (rest[0] != ';') return false;
        foreach (var part in rest[1..].Split(';'))
        {
            var parameter = rest[1..][part].Trim(' ');
            if (!parameter.StartsWith("charset=", StringComparison.OrdinalIgnoreCase)) continue;
            var charset = parameter[8..].Trim('"');
            if (!charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !charset.Equals("utf8", StringComparison.OrdinalIgnoreCase)) return false;
        }

        return true;
    }
}
