using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OrleansGateway.Admin;

/// <summary>The ledger as one stream: as it stood when the export began, whatever is booked meanwhile.</summary>
internal static class LedgerExport
{
    private const string CsvHeader = "seq,at,kind,requestId,attempt,keyId,user,provider,model,inputTokens,cachedInputTokens,outputTokens,reasoningTokens,"
        + "costUsd,absorbedUsd,priceVersion,outcome,estimated,adjustmentId,scope,window,amountUsd,until,reason,actor,"
        + "cacheWriteTokens,longCacheWriteTokens,audioInputTokens,imageInputTokens,audioOutputTokens,upstreamCostUsd,costDriftUsd";

    /// <summary>Reads the first page, while a failure can still be a problem.</summary>
    public static async Task<IResult> StartAsync(string form, Func<string?, Task<LedgerPage>> page)
    {
        var first = await page(null);
        // A silo of an earlier release does not say how long the book is.
        var end = first.BookCount > 0 ? first.BookCount : long.MaxValue;
        return Export.Of(form, CsvHeader, first, page, (form, next) => Write(form, next, end));
    }

    private static (string Text, string? NextCursor) Write(string form, LedgerPage page, long end)
    {
        var text = new StringBuilder();
        foreach (var entry in page.Entries)
        {
            if (entry.Seq > end) return (text.ToString(), null);
            if (form == Export.Csv) text.AppendJoin(',', Fields(entry)).Append("\r\n");
            else text.Append(JsonSerializer.Serialize(entry, AdminJson.Options)).Append('\n');
        }

        return (text.ToString(), page.NextCursor);
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

    private static string Quoted(string? text) => Export.Quoted(text);
}
