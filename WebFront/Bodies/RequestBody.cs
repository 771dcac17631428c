using System.Buffers;
using System.IO.Pipelines;

namespace OrleansGateway;

/// <summary>Reads a JSON body whole, into one array of its own: the pool keeps it for as long as the upstream call takes.</summary>
internal sealed class RequestBody(GatewayOptions options, TimeProvider time)
{
    // A length is only a claim: beyond this the array grows with what really came.
    private const int TrustedLength = 64 * 1024;

    private static readonly GatewayError NotJson = new(
        GatewayErrorKind.UnsupportedMediaType, "The request body must be plain JSON. Send 'Content-Type: application/json', in UTF-8 and without Content-Encoding.");

    /// <summary>The body; null when the caller has been refused.</summary>
    public async ValueTask<Memory<byte>?> ReadAsync(Exchange exchange)
    {
        var request = exchange.Http.Request;
        if (!IsJson(request))
        {
            await exchange.RefuseAsync(NotJson, time);
            return null;
        }

        var most = options.MaxRequestBodyBytes;
        if (request.ContentLength > most || await ReadAllAsync(request.BodyReader, (int)(request.ContentLength ?? 0), most) is not { } body)
        {
            await exchange.RefuseAsync(Faults.TooLarge with { Message = $"The request body is larger than {most} bytes. Send less." }, time);
            return null;
        }

        return body;
    }

    private static async ValueTask<Memory<byte>?> ReadAllAsync(PipeReader reader, int expected, long most)
    {
        var bytes = expected == 0 ? [] : GC.AllocateUninitializedArray<byte>(Math.Min(expected, TrustedLength));
        var length = 0;
        while (true)
        {
            var read = await reader.ReadAsync();
            if (read.Buffer.Length > most - length)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }

            var fresh = (int)read.Buffer.Length;
            if (bytes.Length - length < fresh) bytes = Grow(bytes, length, length + fresh, expected);
            read.Buffer.CopyTo(bytes.AsSpan(length));
            length += fresh;
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return bytes.AsMemory(0, length);
        }
    }

    private static byte[] Grow(byte[] bytes, int length, int needed, int expected)
    {
        var size = Math.Max(needed, bytes.Length * 2);
        if (expected >= needed) size = Math.Min(size, expected);
        var grown = GC.AllocateUninitializedArray<byte>(size);
        bytes.AsSpan(0, length).CopyTo(grown);
        return grown;
    }

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
