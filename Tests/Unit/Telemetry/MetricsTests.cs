using System.Text;
using System.Text.RegularExpressions;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Telemetry;

/// <summary>The table of metrics, and what else lists them.</summary>
public sealed class MetricsTests
{
    [Fact]
    public void Every_metric_has_a_name_of_its_own_a_unit_and_ends_in_a_sentence()
    {
        Assert.InRange(Metrics.All.Length, 25, 60);
        Assert.Equal(Metrics.All.Length, Metrics.All.Select(metric => metric.PrometheusName).Distinct().Count());
        Assert.All(Metrics.All, metric => Assert.Matches(new Regex("^(gateway|gen_ai)(\\.[a-z_]+)+$"), metric.Name));
        Assert.All(Metrics.All, metric => Assert.Matches(new Regex("^(s|nUSD|\\{[a-z]+\\})$"), metric.Unit));
        Assert.All(Metrics.All, metric => Assert.EndsWith(".", metric.Description, StringComparison.Ordinal));
        Assert.All(Metrics.All, metric => Assert.Equal(metric.Kind == MetricKind.Histogram, metric.Buckets.Length > 0));
        Assert.All(Metrics.All, metric => Assert.Equal(metric.Buckets.Order(), metric.Buckets));
    }

    /// <summary>To write the table anew, set <c>UPDATE_DOCS=1</c>.</summary>
    [Fact]
    public void The_page_on_operations_lists_them_as_they_are()
    {
        var path = Repository.PathOf("docs", "operations.md");
        var page = File.ReadAllText(path);
        var written = Regex.Match(page, @"\| Metric \| In Prometheus \|.*?\n(?=\n)", RegexOptions.Singleline);
        Assert.True(written.Success, "docs/operations.md has no table of metrics");
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(path, page.Replace(written.Value, Table(), StringComparison.Ordinal));
        else Assert.Equal(Table(), written.Value);
    }

    private static string Table()
    {
        var table = new StringBuilder("| Metric | In Prometheus | Kind | Labels | |\n| --- | --- | --- | --- | --- |\n");
        foreach (var metric in Metrics.All)
        {
            var labels = string.Join(", ", metric.Labels.Select(label => $"`{label}`"));
            table.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"| `{metric.Name}` | `{metric.PrometheusName}` | {Words(metric.Kind)} | {labels} | {metric.Description} |\n");
        }
        return table.ToString();
    }

    private static string Words(MetricKind kind) => kind switch { MetricKind.UpDownCounter => "up and down", _ => kind.ToString().ToLowerInvariant() };
}
