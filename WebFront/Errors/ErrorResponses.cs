using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>Writes refusals and failures: one body everywhere, and the headers that clients' retries go by.</summary>
internal static class ErrorResponses
{
    private const int MaxRetrySeconds = 60;
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a whole response; only before the first byte.</summary>
    public static Task WriteAsync(HttpResponse response, GatewayError error)
    {
        var fact = GatewayErrors.Of(error.Kind);
        var body = Body(error);
        response.StatusCode = fact.Status;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        WriteRetryHeaders(response.Headers, error, fact);
        return response.BodyWriter.WriteAsync(body).AsTask();
    }

    /// <summary>The body: all four keys, always.</summary>
    public static byte[] Body(GatewayError error)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteStartObject("error"u8);
            json.WriteString("message"u8, error.Message);
            json.WriteString("type"u8, GatewayErrors.Of(error.Kind).Type);
            json.WriteString("param"u8, error.Param);
            json.WriteString("code"u8, error.Code);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The same as the last event of a stream that breaks.</summary>
    public static byte[] Event(GatewayError error) => [.. "data: "u8, .. Body(error), .. "\n\n"u8];

    private static void WriteRetryHeaders(IHeaderDictionary headers, GatewayError error, GatewayErrors.Fact fact)
    {
        if (fact.Status == StatusCodes.Status401Unauthorized) headers.WWWAuthenticate = "Bearer";
        if (error.Kind is GatewayErrorKind.InsufficientQuota) headers["x-should-retry"] = "false";
        if (fact.RetrySeconds == 0) return;

        // Every client honours whole seconds up to 60; beyond that some wait for ever and some give up.
        var wait = error.RetryAfter ?? TimeSpan.FromSeconds(fact.RetrySeconds);
        var milliseconds = Math.Clamp(Math.Ceiling(wait.TotalMilliseconds), 1, MaxRetrySeconds * 1000);
        headers.RetryAfter = Math.Ceiling(milliseconds / 1000).ToString("0", CultureInfo.InvariantCulture);
        if (error.Kind is GatewayErrorKind.RateLimitExceeded) headers["retry-after-ms"] = milliseconds.ToString("0", CultureInfo.InvariantCulture);
    }
}
