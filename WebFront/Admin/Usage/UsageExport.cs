using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OrleansGateway.Admin;

/// <summary>Usage as one stream. All columns are always there, so that a program need not know what was asked for.</summary>
internal static class UsageExport
{
    private const string CsvHeader = "hour,day,model,key,user,requests,inputTokens,cachedInputTokens,outputTokens,reasoningTokens,"
        + "costUsd,absorbedUsd,adjustedUsd,estimated,estimatedUsd,"
        + "cacheWriteTokens,longCacheWriteTokens,audioInputTokens,imageInputTokens,audioOutputTokens";

    public static IResult Of(string form, UsageGroups groupBy, UsageAnswer.Page first, Func<string, Task<UsageAnswer.Page>> next) =>
        Export.Of(form, CsvHeader, first, next, (form, page) => (Text(form, groupBy, page), page.NextCursor));

    private static string Text(string form, UsageGroups groupBy, UsageAnswer.Page page)
    {
        var text = new StringBuilder();
        foreach (var row in page.Rows)
        {
            if (form == Export.Csv) text.AppendJoin(',', Fields(row)).Append("\r\n");
            else text.Append(JsonSerializer.Serialize(UsageRowJson.Of(row, groupBy), AdminJson.Options)).Append('\n');
        }
        return text.ToString();
    }

    private static IEnumerable<string> Fields(UsageRow row)
    {
        var totals = row.Totals;
        long[] tokens = [totals.Requests, totals.InputTokens, totals.CachedInputTokens, totals.OutputTokens, totals.ReasoningTokens];
        long[] more = [totals.CacheWriteTokens, totals.LongCacheWriteTokens, totals.AudioInputTokens, totals.ImageInputTokens, totals.AudioOutputTokens];
        return
        [
            UsageRowJson.Local(row.Hour) ?? "", UsageRowJson.Local(row.Day) ?? "", Export.Quoted(row.Model), Export.Quoted(row.Key), Export.Quoted(row.User),
            .. tokens.Select(Invariant), totals.CostUsd.ToString(), totals.AbsorbedUsd.ToString(), totals.AdjustedUsd.ToString(),
            Invariant(totals.Estimated), totals.EstimatedUsd.ToString(),
            .. more.Select(Invariant),
        ];
    }

    private static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);
}
