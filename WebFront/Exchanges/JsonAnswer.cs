using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>Writes a JSON answer of our own making.</summary>
internal static class JsonAnswer
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteAsync<T>(HttpResponse response, T value, Action<Utf8JsonWriter, T> write) =>
        WriteAsync(response, Bytes(value, write));

    /// <summary>Bytes that are JSON already.</summary>
    public static Task WriteAsync(HttpResponse response, ReadOnlyMemory<byte> body)
    {
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        var writing = response.BodyWriter.WriteAsync(body);
        return writing.IsCompletedSuccessfully ? Task.CompletedTask : writing.AsTask();
    }

    public static ReadOnlyMemory<byte> Bytes<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options)) write(json, value);
        return buffer.WrittenMemory;
    }
}
