using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;
using Microsoft.Net.Http.Headers;

namespace OrleansGateway.Admin;

/// <summary>Reads a provider's usage from a request: CSV with a header, a JSON array of objects, or one object a line. A wrong row is named and left out.</summary>
internal static class UploadReader
{
    public const int MaxBytes = 10 * 1024 * 1024;
    public const int MaxRows = 100_000;

    private const string Json = "application/json";
    private const int MaxFieldBytes = 10_000;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonSerializerOptions RowOptions = new() { MaxDepth = AdminJson.MaxDepth, AllowDuplicateProperties = false };

    public static async Task<Read<Upload>> ReadAsync(HttpRequest request)
    {
        if (FormOf(request) is not { } form)
            return new AdminProblem(ProblemKind.UnsupportedMediaType, $"Send {Export.Csv}, {Json} or {Export.JsonLines} in UTF-8, without a content encoding.");
        if (request.ContentLength > MaxBytes) return TooLarge();
        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0;)
        {
            if (body.Length + read > MaxBytes) return TooLarge();
            body.Write(buffer, 0, read);
        }

        body.Position = 0;
        var upload = new Upload("rec_" + Convert.ToHexStringLower(SHA256.HashData(body.GetBuffer().AsSpan(0, (int)body.Length))[..8]));
        try
        {
            var problem = form == Export.Csv ? await ReadCsvAsync(body, upload) : await ReadJsonAsync(body, upload, lines: form == Export.JsonLines);
            if (problem is not null) return problem;
        }
        catch (DecoderFallbackException)
        {
            return Invalid("The upload is not UTF-8.");
        }
        if (upload.Rows.Count == 0 && upload.UnreadCount == 0) return Invalid("The upload has no rows.");
        return upload;
    }

    private static async Task<AdminProblem?> ReadCsvAsync(Stream body, Upload upload)
    {
        using var text = new StreamReader(body, StrictUtf8);
        var isBad = false;
        using var csv = new CsvParser(text, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            HasHeaderRecord = false,
            IgnoreBlankLines = true,
            MaxFieldSize = MaxFieldBytes,
            BadDataFound = _ => isBad = true,
        });
        try
        {
            if (!await csv.ReadAsync()) return Invalid("The upload has no header.");
            if (Columns(csv.Record!, out var columns) is { } wrongHeader) return wrongHeader;
            while (true)
            {
                isBad = false;
                if (!await csv.ReadAsync()) return null;
                var record = csv.Record!;
                var line = csv.RawRow - record.Sum(field => field.Count(c => c == '\n'));
                if (Count(upload) is { } tooMany) return tooMany;
                if (isBad) upload.Refuse(line, "a quote does not close, or stands inside a field without quotes");
                else if (record.Length != columns.Length)
                    upload.Refuse(line, string.Create(CultureInfo.InvariantCulture, $"has {record.Length} fields where the header has {columns.Length}"));
                else Add(upload, line, columns.Zip(record).Where(field => field.First is not null).ToDictionary(field => field.First!, field => field.Second));
            }
        }
        catch (MaxFieldSizeException)
        {
            return Invalid(string.Create(CultureInfo.InvariantCulture, $"A field near line {csv.RawRow + 1} has more than {MaxFieldBytes} characters: a quote may not close."));
        }
    }

    private static AdminProblem? Columns(string[] header, out string?[] columns)
    {
        columns = [.. header.Select(UploadFields.Of)];
        if (columns.OfType<string>().GroupBy(c => c).FirstOrDefault(c => c.Count() > 1) is { } twice) return Invalid($"Two columns of the header are {twice.Key}.");
        foreach (var name in (string[])[UploadFields.Day, UploadFields.Model])
            if (!columns.Contains(name))
                return Invalid($"The header has no column {name}; there may be date, model, requests, inputTokens, cachedInputTokens, outputTokens, costUsd, requestId.");
        return null;
    }

    private static async Task<AdminProblem?> ReadJsonAsync(Stream body, Upload upload, bool lines)
    {
        var line = 0L;
        try
        {
            await foreach (var row in JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(body, topLevelValues: lines, RowOptions))
            {
                line++;
                if (Count(upload) is { } tooMany) return tooMany;
                if (row.ValueKind != JsonValueKind.Object) upload.Refuse(line, "is not an object");
                else if (Fields(row, out var reason) is { } fields) Add(upload, line, fields);
                else upload.Refuse(line, reason);
            }
            return null;
        }
        catch (JsonException e)
        {
            return Invalid(string.Create(CultureInfo.InvariantCulture,
                $"The upload is not {(lines ? "one JSON object a line" : "a JSON array of objects")}: see row {line + 1}, line {e.LineNumber + 1}."));
        }
        catch (InvalidOperationException)
        {
            return Invalid(string.Create(CultureInfo.InvariantCulture, $"A string of row {line + 1} is not text."));
        }
    }

    private static Dictionary<string, string>? Fields(JsonElement row, out string reason)
    {
        reason = "";
        var fields = new Dictionary<string, string>();
        foreach (var property in row.EnumerateObject())
        {
            if (UploadFields.Of(property.Name) is not { } name || property.Value.ValueKind == JsonValueKind.Null) continue;
            if (property.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
            {
                reason = $"{name} must be a string or a number";
                return null;
            }
            var text = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : property.Value.GetRawText();
            if (fields.TryAdd(name, text)) continue;
            reason = $"{name} stands there twice";
            return null;
        }
        return fields;
    }

    private static void Add(Upload upload, long line, IReadOnlyDictionary<string, string> fields)
    {
        if (UploadFields.Read(fields, out var reason) is { } row) upload.Rows.Add(row);
        else upload.Refuse(line, reason);
    }

    private static string? FormOf(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0 || !MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) return null;
        if (type.Charset.HasValue && type.Encoding is not UTF8Encoding) return null;
        return type.MediaType.Value?.ToLowerInvariant() is var name && name is Export.Csv or Json or Export.JsonLines ? name : null;
    }

    private static AdminProblem? Count(Upload upload) => upload.Rows.Count + upload.UnreadCount < MaxRows
        ? null
        : new AdminProblem(ProblemKind.TooLarge, string.Create(CultureInfo.InvariantCulture, $"An upload may have {MaxRows} rows: send it in parts, each of whole days."));

    private static AdminProblem TooLarge() => new(
        ProblemKind.TooLarge, string.Create(CultureInfo.InvariantCulture, $"An upload may have {MaxBytes} bytes: send it in parts, each of whole days."));

    private static AdminProblem Invalid(string detail) => new(ProblemKind.InvalidValue, detail);
}
