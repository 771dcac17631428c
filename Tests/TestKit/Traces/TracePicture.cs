using System.Globalization;
using System.Net;
using System.Text;

namespace OrleansGateway.Tests.TestKit;

/// <summary>A trace as a picture: a line for each span under the one it belongs to, and when it was.</summary>
internal static class TracePicture
{
    private const int Row = 24;
    private const int Names = 440;
    private const int Times = 460;

    /// <summary>The spans in the order of the picture, each with how deep it stands.</summary>
    public static IReadOnlyList<(int Depth, SpanSeen Span)> Order(IReadOnlyList<SpanSeen> spans)
    {
        var ordered = new List<(int, SpanSeen)>();
        Add(spans.Single(span => spans.All(other => other.Id != span.Parent)), 0);
        return ordered;

        void Add(SpanSeen span, int depth)
        {
            ordered.Add((depth, span));
            foreach (var child in spans.Where(child => child.Parent == span.Id).OrderBy(child => child.Start)) Add(child, depth + 1);
        }
    }

    /// <summary>What stands in a line, but for its time.</summary>
    public static string Label(SpanSeen span)
    {
        var result = span.Tags.GetValueOrDefault(MetricLabels.Error) ?? (span.Tags.ContainsKey(GatewayTrace.Attempt) ? span.Tags.GetValueOrDefault(MetricLabels.Outcome) : null);
        return result is null ? span.Name : $"{span.Name}: {result}";
    }

    public static string Draw(IReadOnlyList<SpanSeen> spans)
    {
        var rows = Order(spans);
        var (start, end) = (rows[0].Span.Start, rows[0].Span.End);
        var height = (rows.Count * Row) + 48;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 940 {height}" width="940" height="{height}" font-family="ui-monospace, monospace" font-size="12">
              <title>One request whose first model is not there: front, tenant, book, pool, two attempts, and the posting</title>
              <rect width="940" height="{height}" fill="#ffffff"/>
              <text x="{Names + 20}" y="20" fill="#57606a">0 ms</text>
              <text x="920" y="20" fill="#57606a" text-anchor="end">{(end - start) / 1e6:0.0} ms</text>

            """);
        for (var i = 0; i < rows.Count; i++)
        {
            var (depth, span) = rows[i];
            var y = 32 + (i * Row);
            var x = Names + 20 + (Times * (span.Start - start) / (double)(end - start));
            var width = Math.Max(2, Times * (span.End - span.Start) / (double)(end - start));
            var failed = span.Tags.ContainsKey(MetricLabels.Error);
            var color = failed ? "#cf222e" : span.Source == GatewayTrace.SourceName ? "#0969da" : "#8c959f";
            svg.Append(CultureInfo.InvariantCulture, $"""
                  <rect x="0" y="{y - 4}" width="940" height="{Row}" fill="{(i % 2 == 0 ? "#f6f8fa" : "#ffffff")}"/>
                  <text class="span" data-depth="{depth}" x="{12 + (depth * 14)}" y="{y + 12}" fill="#1f2328">{WebUtility.HtmlEncode(Label(span))}</text>
                  <rect x="{x:0.0}" y="{y + 2}" width="{width:0.0}" height="12" rx="2" fill="{color}"/>

                """);
        }
        return svg.Append("</svg>\n").ToString();
    }
}
