using System.Buffers;
using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>A request's JSON, read once; holds nothing but <see cref="Fault"/> when it is no JSON object.</summary>
internal sealed class RequestBody : IDisposable
{
    private readonly JsonDocument? _document;

    private RequestBody(JsonDocument? document, string? fault, byte[]? bytes)
    {
        (_document, Fault, Bytes) = (document, fault, bytes);
        if (fault is null)
        {
            Model = Text("model");
            User = Text("user") ?? Root.Find("metadata")?.Text("user_id");
            Stream = Root.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;
        }
    }

    public JsonElement Root => _document!.RootElement;

    public string? Fault { get; }

    public ReadOnlyMemory<byte>? Bytes { get; }

    public string? Model { get; }

    public string? User { get; }

    public bool Stream { get; }

    public static async Task<RequestBody> ReadAsync(HttpContext http, bool keep)
    {
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            if (read.IsCompleted)
            {
                // A document only points into the bytes it was parsed from, and the reader's are taken back.
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return Parse(bytes, keep);
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public void Dispose() => _document?.Dispose();

    private static RequestBody Parse(byte[] bytes, bool keep)
    {
        var kept = keep ? bytes : null;
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new RequestBody(document, null, kept)
                : new RequestBody(document, "The body must be a JSON object.", kept);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            document?.Dispose();
            return new RequestBody(null, "The body is not valid JSON: " + wrong.Message, kept);
        }
    }

    private string? Text(string name) =>
        Root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
