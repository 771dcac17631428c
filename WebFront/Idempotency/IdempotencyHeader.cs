using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;

namespace OrleansGateway;

/// <summary>Reads a request's <c>Idempotency-Key</c>, and what it stands for: this body on this route.</summary>
internal sealed class IdempotencyHeader(TimeProvider time)
{
    public const string Name = "Idempotency-Key";

    private const int MaxLength = 255;

    private static readonly GatewayError Wrong = GatewayError.InvalidValue(
        Name, $"Send one {Name} header of 1 to {MaxLength} visible ASCII characters, such as a new UUID for each request, or none.");

    /// <summary>Notes the key in the exchange; false when the caller has been refused for it.</summary>
    public async ValueTask<bool> ReadAsync(Exchange exchange, ReadOnlyMemory<byte> body)
    {
        var header = exchange.Http.Request.Headers[Name];
        if (header.Count == 0) return true;
        if (KeyIn(header) is not { } key)
        {
            await exchange.RefuseAsync(Wrong, time);
            return false;
        }

        exchange.Idempotency = new Idempotency(key, Fingerprint(exchange.Http, body.Span));
        return true;
    }

    private static string? KeyIn(StringValues header)
    {
        if (header is not [{ Length: >= 1 and <= MaxLength } key]) return null;
        foreach (var c in key)
            if (c is <= ' ' or > '~') return null;
        return key;
    }

    private static string Fingerprint(HttpContext http, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // As it is mapped: a path may be spelled in several ways.
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes((http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? ""));
        hash.AppendData("\n"u8);
        hash.AppendData(body);
        return Convert.ToBase64String(hash.GetHashAndReset());
    }
}
