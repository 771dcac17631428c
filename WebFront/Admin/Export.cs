using Microsoft.Net.Http.Headers;

namespace OrleansGateway.Admin;

/// <summary>
/// A list as one stream, a page in memory at a time. A page that cannot be read ends the answer with an aborted connection, so that half a list is never taken
/// for a whole one.
/// </summary>
internal sealed class Export : IResult
{
    public const string Csv = "text/csv";
    public const string JsonLines = "application/x-ndjson";

    private readonly string _form;
    private readonly string _csvHeader;
    private readonly (string Text, string? NextCursor) _first;
    private readonly Func<string, Task<(string Text, string? NextCursor)>> _next;

    private Export(string form, string csvHeader, (string, string?) first, Func<string, Task<(string, string?)>> next) =>
        (_form, _csvHeader, _first, _next) = (form, csvHeader, first, next);

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

    /// <summary>An export that begins with a page that was read while a failure could still be a problem.</summary>
    public static Export Of<TPage>(string form, string csvHeader, TPage first, Func<string, Task<TPage>> next, Func<string, TPage, (string Text, string? NextCursor)> write) =>
        new(form, csvHeader, write(form, first), async cursor => write(form, await next(cursor)));

    /// <summary>
    /// A text as a field of CSV, as RFC 4180 has it. One that a spreadsheet would take for a formula has a <c>'</c> before it: callers choose names of end users,
    /// and not what runs at the operator's.
    /// </summary>
    public static string Quoted(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        if (text[0] is '=' or '+' or '-' or '@' or '\t' or '\r') text = "'" + text;
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = _form == Csv ? "text/csv; charset=utf-8; header=present" : JsonLines;
        response.Headers.CacheControl = "no-store";
        try
        {
            if (_form == Csv) await response.WriteAsync(_csvHeader + "\r\n", httpContext.RequestAborted);
            for (var page = _first; ;)
            {
                await response.WriteAsync(page.Text, httpContext.RequestAborted);
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
}
