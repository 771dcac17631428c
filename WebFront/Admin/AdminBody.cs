using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace OrleansGateway.Admin;

/// <summary>Reads a request's body: one JSON object of modest size, exact in form.</summary>
internal static class AdminBody
{
    public const int MaxBytes = 64 * 1024;

    private const string Json = "application/json";
    private const string JsonMergePatch = "application/merge-patch+json";

    /// <summary>The body as <typeparamref name="T"/>.</summary>
    /// <param name="request">Whose body.</param>
    /// <param name="explain">Words for fields that exist and are not taken.</param>
    /// <param name="optional">Whether no body at all stands for an empty object.</param>
    /// <param name="maxBytes">The most that it may have.</param>
    public static async Task<Read<T>> ReadAsync<T>(HttpRequest request, ExplainField explain, bool optional = false, int maxBytes = MaxBytes)
        where T : class =>
        (await ReadObjectAsync(request, patch: false, optional, maxBytes)).Is(out var document, out var problem) ? Bind<T>(document, explain) : problem;

    /// <summary>The body as it was written, for <see cref="Bind"/>.</summary>
    public static Task<Read<JsonObject>> ReadDocumentAsync(HttpRequest request, int maxBytes) => ReadObjectAsync(request, patch: false, optional: false, maxBytes);

    /// <summary>The body as a merge patch for a <typeparamref name="T"/>: every field is one that it has.</summary>
    public static async Task<Read<JsonObject>> ReadPatchAsync<T>(HttpRequest request, ExplainField explain)
    {
        if (!(await ReadObjectAsync(request, patch: true, optional: false, MaxBytes)).Is(out var patch, out var problem)) return problem;
        var faults = StrictShape.FaultsOfPatch<T>(patch, explain);
        return faults.Count > 0 ? AdminProblem.InvalidValue(faults) : patch;
    }

    /// <summary>Why a body is refused where none is taken; null when there is none, or an empty object.</summary>
    public static async Task<AdminProblem?> RefuseAsync(HttpRequest request) =>
        (await ReadAsync<Nothing>(request, static _ => "There is nothing to say here; leave the body out.", optional: true)).Is(out _, out var problem) ? null : problem;

    /// <summary>A document as a <typeparamref name="T"/>, or everything that keeps it from being one.</summary>
    public static Read<T> Bind<T>(JsonObject document, ExplainField explain)
        where T : class
    {
        var faults = StrictShape.FaultsOf<T>(document, explain);
        if (faults.Count > 0) return AdminProblem.InvalidValue(faults);
        try
        {
            return document.Deserialize<T>(AdminJson.Options)!;
        }
        catch (JsonException e)
        {
            return AdminProblem.InvalidValue([new PolicyFault(e.Path?.TrimStart('$').TrimStart('.') ?? "", "Does not have the form it must have.")]);
        }
    }

    private static async Task<Read<JsonObject>> ReadObjectAsync(HttpRequest request, bool patch, bool optional, int maxBytes)
    {
        if (request.ContentLength > maxBytes) return TooLarge(maxBytes);
        var bytes = new byte[maxBytes + 1];
        var length = await request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        if (length > maxBytes) return TooLarge(maxBytes);
        if (length == 0 && optional) return new JsonObject();
        return IsJson(request, patch) ? Parse(bytes.AsMemory(0, length)) : UnsupportedMediaType(request.HttpContext.Response, patch);
    }

    private static bool IsJson(HttpRequest request, bool patch) =>
        request.Headers.ContentEncoding.Count == 0
        && MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && (Is(type, Json) || (patch && Is(type, JsonMergePatch)))
        && (!type.Charset.HasValue || type.Encoding is UTF8Encoding);

    private static bool Is(MediaTypeHeaderValue type, string name) => type.MediaType.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static Read<JsonObject> Parse(ReadOnlyMemory<byte> utf8)
    {
        if (!Utf8.IsValid(utf8.Span)) return InvalidJson("The body is not UTF-8.");
        try
        {
            if (!HasOnlyText(utf8.Span)) return InvalidJson("A string has half of a surrogate pair.");
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = AdminJson.MaxDepth });
            if (document.RootElement.ValueKind != JsonValueKind.Object) return InvalidJson("The body must be a JSON object.");
            var repeated = new List<PolicyFault>();
            FindRepeated(document.RootElement, "", repeated);
            return repeated.Count > 0 ? AdminProblem.InvalidValue(repeated) : JsonObject.Create(document.RootElement.Clone())!;
        }
        catch (JsonException e)
        {
            var place = $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}";
            return InvalidJson($"The body is not JSON, or nested more than {AdminJson.MaxDepth} deep: see {place}.");
        }
    }

    private static bool HasOnlyText(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = AdminJson.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped) continue;
            try
            {
                _ = reader.GetString();
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }

        return true;
    }

    private static void FindRepeated(JsonElement element, string path, List<PolicyFault> faults)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var property in element.EnumerateObject())
            {
                var at = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
                if (!names.Add(property.Name)) faults.Add(new PolicyFault(at, "Stands there twice."));
                FindRepeated(property.Value, at, faults);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            var i = 0;
            foreach (var item in element.EnumerateArray()) FindRepeated(item, $"{path}[{i++}]", faults);
        }
    }

    private sealed record Nothing;

    private static AdminProblem InvalidJson(string detail) => new(ProblemKind.InvalidJson, detail);

    private static AdminProblem TooLarge(int maxBytes) => new(ProblemKind.TooLarge, $"A body may have {maxBytes} bytes here.");

    private static AdminProblem UnsupportedMediaType(HttpResponse response, bool patch)
    {
        if (patch) response.Headers["Accept-Patch"] = $"{JsonMergePatch}, {Json}";
        return new(ProblemKind.UnsupportedMediaType, $"Send {(patch ? $"{JsonMergePatch} or {Json}" : Json)} in UTF-8, without a content encoding.");
    }
}
