using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Net.Http.Headers;

namespace OrleansGateway.Admin;

/// <summary>
/// The ledger as one stream, a page in memory at a time. A page that cannot be read ends the answer with an aborted connection, so
/// that half a ledger is never taken for a whole one.
/// </summary>
internal sealed class LedgerExport : IResult
{
    private const string Csv = "text/csv";
    private const string JsonLines = "application/x-ndjson";
    private const string CsvHeader = "seq,at,kind,requestId,attempt,keyId,user,provider,model,inputTokens,cachedInputTokens,outputTokens,reasoningTokens,"
        + "costUsd,absorbedUsd,priceVersion,outcome,estimated,adjustmentId,scope,window,amountUsd,until,reason,actor,"
        + "cacheWriteTokens,longCacheWriteTokens,audioInputTokens,imageInputTokens,audioOutputTokens,upstreamCostUsd,costDriftUsd";

    private readonly string _form;
    private readonly LedgerPage _first;
    private readonly Func<string, Task<LedgerPage>> _next;

    private LedgerExport(string form, LedgerPage first, Func<string, Task<LedgerPage>> next) => (_form, _first, _next) = (form, first, next);

    /// <summary>The form of export that a request prefers to plain JSON, or null.</summary>
    public static string? Asked(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList([.. request.Headers.Accept.OfType<string>()], out var accepted)) return null;
        var preferred = accepted
            .Where(type => type.Quality is not 0)
            .OrderByDescending(type => type.Quality ?? 1)
            .Select(type => type.MediaType.Value?.ToLowerInvariant())
            .FirstOrDefault(type => type is Csv or JsonLines or "application/json" or "application/*" or "*/*");
        return preferred is Csv or JsonLines ? preferred : null;
    }

    /// <summary>Reads the first page, while a failure can still be a problem.</summary>
    public static async Task<IResult> StartAsync(string form, Func<string?, Task<LedgerPage>> page) => new LedgerExport(form, await page(null), page);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = _form == Csv ? "text/csv; charset=utf-8; header=present" : JsonLines;
        response.Headers.CacheControl = "no-store";
        try
        {
            if (_form == Csv) await response.WriteAsync(CsvHeader + "\r\n", httpContext.RequestAborted);
            for (var page = _first; ;)
            {
                await response.WriteAsync(Text(page), httpContext.RequestAborted);
                await response.Body.FlushAsync(httpContext.RequestAborted);
                if (page.NextCursor is not { } next) return;
                page = await _next(next);
            }
        }
        catch
        {
            httpContext.Abort();
            throw;
        }
    }

    private string Text(LedgerPage page)
    {
        var text = new StringBuilder();
        foreach (var entry in page.Entries)
        {
            if (_form == Csv) text.AppendJoin(',', Fields(entry)).Append("\r\n");
            else text.Append(JsonSerializer.Serialize(entry, AdminJson.Options)).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<string> Fields(LedgerEntry entry)
    {
        IFormattable[] tokens = [entry.InputTokens, entry.CachedInputTokens, entry.OutputTokens, entry.ReasoningTokens];
        IFormattable[] more = [entry.CacheWriteTokens, entry.LongCacheWriteTokens, entry.AudioInputTokens, entry.ImageInputTokens, entry.AudioOutputTokens];
        return
        [
            entry.Seq.ToString(CultureInfo.InvariantCulture), Instant.Format(entry.At), JsonNamingPolicy.CamelCase.ConvertName(entry.Kind.ToString()),
            Quoted(entry.RequestId), entry.Attempt.ToString(CultureInfo.InvariantCulture), Quoted(entry.KeyId), Quoted(entry.User), Quoted(entry.Provider),
            Quoted(entry.Model), .. tokens.Select(count => count.ToString(null, CultureInfo.InvariantCulture)), entry.CostUsd.ToString(),
            entry.AbsorbedUsd.ToString(), Quoted(entry.PriceVersion), Quoted(entry.Outcome), entry.Estimated ? "true" : "false",
            .. entry.Signature is { } signed ? ["", "", "", "", "", Quoted(signed.Reason), Quoted(signed.Actor)] : Fields(entry.Adjustment),
            .. more.Select(count => count.ToString(null, CultureInfo.InvariantCulture)), entry.UpstreamCostUsd?.ToString() ?? "", entry.CostDriftUsd?.ToString() ?? "",
        ];
    }

    private static IEnumerable<string> Fields(Adjustment? adjustment) => adjustment is null
        ? ["", "", "", "", "", "", ""]
        : [
            Quoted(adjustment.Id), Quoted(adjustment.Scope), adjustment.Window?.ToString() ?? "", adjustment.AmountUsd.ToString(),
            adjustment.Until is { } until ? Instant.Format(until) : "", Quoted(adjustment.Reason), Quoted(adjustment.Actor),
        ];

    // RFC 4180.
    private static string Quoted(string? text) =>
        text is null ? "" : text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
